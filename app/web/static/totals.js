/** The numbers above everything else: revenue with its track record, buyers, customers, how far the campaign reaches. */

import { intervalChart } from "./charts/interval.js";
import { html } from "./elements.js";
import { count, expected, percent } from "./numbers.js";
import { plainFigures, recordCard } from "./record.js";
import { texts } from "./texts.js";

const WORDS = texts.results;

/** Whether a list says what its customers come to together; without a record it must not. */
export const hasTotal = ({ totals }) => (totals.expected_revenue_30d ?? null) !== null;

/** Tiles of a list's totals; `show(treat)` after the campaign changed. */
export function totalTiles(list, money) {
  const { customers, active_customers: active } = list.totals;
  const { expected_revenue_30d: revenue, expected_buyers_30d: buyers } = list.totals;
  const reach = tile(WORDS.contacted);
  return {
    element: html(
      "div",
      { class: "totals" },
      html(
        "div",
        { class: "tiles main" },
        hasTotal(list) && revenueTile(list, money).element,
        recordCard(list.track_record, money),
      ),
      html(
        "div",
        { class: "tiles" },
        tile(WORDS.buyers, expected(buyers), WORDS.buyersHelp(percent(customers ? buyers / customers : 0))).element,
        tile(WORDS.customers, count(customers), WORDS.customersHelp(count(active))).element,
        reach.element,
      ),
    ),
    show(treat) {
      const [part, whole] = hasTotal(list) ? [treat.revenue, revenue] : [treat.buyers, buyers];
      const share = percent(whole > 0 ? part / whole : 0);
      const told = hasTotal(list) ? WORDS.contactedHelp(share, money.whole(part)) : WORDS.contactedBuyers(share);
      reach.write(count(treat.customers), told);
    },
  };
}

function revenueTile({ totals, track_record: record }, money) {
  const {
    expected_revenue_30d: revenue,
    total_factor: factor,
    expected_revenue_30d_interval_80: interval,
  } = totals;
  const range = interval
    ? WORDS.revenueHelp(money.whole(interval.low), money.whole(interval.high))
    : WORDS.revenueWithout;
  return tile(
    WORDS.revenue,
    money.whole(revenue),
    [range, factorTold(revenue, factor, money), WORDS.revenueNote].filter(Boolean).join(" "),
    [interval && intervalChart(revenue, interval, money.short), plainFigures(record, money)],
  );
}

/** Why the total is not the sum of the rows; empty where it is. */
export function factorTold(total, factor, money) {
  const sum = money.whole(total / factor);
  if (sum === money.whole(total)) return "";
  const told = factor > 1 ? WORDS.revenueAbove : WORDS.revenueBelow;
  return told(sum, percent(Math.abs(factor - 1)), money.whole(total));
}

function tile(title, number = "", help = "", picture = []) {
  const headline = html("p", { class: "headline" }, number);
  const below = html("p", { class: "help" }, help);
  return {
    element: html("section", { class: "card tile" }, html("h3", {}, title), headline, picture, below),
    write(newNumber, newHelp) {
      headline.textContent = newNumber;
      below.textContent = newHelp;
    },
  };
}
