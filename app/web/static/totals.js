/** The four numbers above everything else: revenue, buyers, customers, and how far the campaign reaches. */

import { intervalChart } from "./charts/interval.js";
import { html } from "./elements.js";
import { count, expected, percent } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.results;

/** Tiles of the answer's `totals`; `show(treat)` after the campaign changed. */
export function totalTiles(totals, money) {
  const {
    expected_revenue_30d: revenue,
    total_factor: factor,
    expected_revenue_30d_interval_80: interval,
    expected_buyers_30d: buyers,
    customers,
    active_customers: active,
  } = totals;
  const range = interval
    ? WORDS.revenueHelp(money.whole(interval.low), money.whole(interval.high))
    : WORDS.revenueWithout;
  const reach = tile(WORDS.contacted);
  return {
    element: html(
      "div",
      { class: "tiles" },
      tile(
        WORDS.revenue,
        money.whole(revenue),
        `${range} ${factorTold(revenue, factor, money)} ${WORDS.revenueNote}`,
        interval && intervalChart(revenue, interval, money.short),
      ).element,
      tile(WORDS.buyers, expected(buyers), WORDS.buyersHelp(percent(customers ? buyers / customers : 0))).element,
      tile(WORDS.customers, count(customers), WORDS.customersHelp(count(active))).element,
      reach.element,
    ),
    show(treat) {
      const share = revenue > 0 ? treat.revenue / revenue : 0;
      reach.write(count(treat.customers), WORDS.contactedHelp(percent(share), money.whole(treat.revenue)));
    },
  };
}

/** Why the total is not the sum of the rows; empty where it is. */
export function factorTold(total, factor, money) {
  const sum = money.whole(total / factor);
  if (sum === money.whole(total)) return "";
  const told = factor > 1 ? WORDS.revenueAbove : WORDS.revenueBelow;
  return told(sum, percent(Math.abs(factor - 1)), money.whole(total));
}

function tile(title, number = "", help = "", picture = null) {
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
