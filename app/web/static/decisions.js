/** What a campaign does with whom: three numbers, their shares, and what to think of them. */

import { html } from "./elements.js";
import { count, percent } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.campaign;
const QUIET_SECONDS = 0.7; // screen readers hear of the end of a slider's move, not of every step

/** Tiles for the decisions; `show(sums, campaign)` draws them, see `groupsOf`. */
export function decisionTiles(money) {
  const tiles = Object.keys(WORDS.decisions).map((decision) => tileFor(decision, money));
  const bar = html(
    "div",
    { class: "stack", "aria-hidden": "true" },
    tiles.map((tile) => tile.share),
  );
  const advice = html("p", { class: "advice" });
  const told = html("p", { role: "status", class: "offscreen" });
  let telling = null;
  return {
    element: html(
      "div",
      { class: "decisions" },
      html(
        "div",
        { class: "decision-tiles" },
        tiles.map((tile) => tile.element),
      ),
      bar,
      advice,
      told,
    ),
    show(sums, campaign) {
      for (const tile of tiles) tile.show(sums[tile.decision]);
      advice.textContent = adviceOn(sums, campaign, money);
      clearTimeout(telling);
      telling = setTimeout(() => (told.textContent = spoken(sums, money)), QUIET_SECONDS * 1000);
    },
  };
}

function tileFor(decision, money) {
  const number = html("p", { class: "headline" });
  const expected = html("p", { class: "help" });
  const share = html("i", { class: `is-${decision}` });
  const title = html("h3", {}, WORDS.decisions[decision]);
  const help = html("p", { class: "help" }, WORDS.decisionHelp[decision]);
  return {
    decision,
    share,
    element: html("section", { class: `decision-tile is-${decision}` }, title, number, expected, help),
    show({ customers, revenue, cost }) {
      number.textContent = count(customers);
      expected.textContent = WORDS.revenue(money.whole(revenue)) + (cost ? `, ${WORDS.cost(money.money(cost))}` : "");
      share.style.flexGrow = customers;
    },
  };
}

const spoken = ({ treat, control }, money) =>
  WORDS.status(count(treat.customers), count(control.customers), treat.cost && money.money(treat.cost));

function adviceOn({ treat, control }, { contactCost }, money) {
  if (treat.customers === 0) return WORDS.nobody;
  const cost = Number(contactCost);
  const share = cost / (treat.revenue / treat.customers);
  const isWorthSaying = treat.cost > 0 && treat.revenue > 0;
  const even = isWorthSaying ? WORDS.breakEven(money.money(cost), percent(share)) : "";
  return [even, control.customers === 0 ? WORDS.noControl : ""].filter(Boolean).join(" ");
}
