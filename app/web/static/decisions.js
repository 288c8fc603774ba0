/** What a campaign does with whom: three numbers, their shares, and what to think of them. */

import { html } from "./elements.js";
import { count, expected as expectedBuyers, percent } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.campaign;
const QUIET_SECONDS = 0.7; // screen readers hear of the end of a slider's move, not of every step

/** Tiles for the decisions; `show(sums, campaign, power)` draws them, see `groupsOf` and `powerOf`. */
export function decisionTiles(money) {
  const tiles = Object.keys(WORDS.decisions).map((decision) => tileFor(decision, money));
  const bar = html(
    "div",
    { class: "stack", "aria-hidden": "true" },
    tiles.map((tile) => tile.share),
  );
  const advice = html("p", { class: "advice" });
  const held = html("p", { class: "advice held" });
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
      held,
      told,
    ),
    show(sums, campaign, power) {
      for (const tile of tiles) tile.show(sums[tile.decision]);
      advice.textContent = adviceOn(sums, money);
      held.textContent = campaign.controlShare > 0 ? powerTold(power, money) : WORDS.noControl;
      held.classList.toggle("weak", !power.isTelling);
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
  const section = html("section", { class: `decision-tile is-${decision}` }, title, number, expected, help);
  const isRare = decision === "left_alone"; // not every list has such customers
  return {
    decision,
    share,
    element: section,
    show({ customers, buyers, revenue, cost }) {
      number.textContent = count(customers);
      const told = revenue === null ? WORDS.buyers(expectedBuyers(buyers)) : WORDS.revenue(money.whole(revenue));
      expected.textContent = told + (cost ? `, ${WORDS.cost(money.money(cost))}` : "");
      section.hidden = isRare && customers === 0;
      share.style.flexGrow = customers;
    },
  };
}

const spoken = ({ treat, control }, money) =>
  WORDS.status(count(treat.customers), count(control.customers), treat.cost && money.money(treat.cost));

function adviceOn({ treat }, money) {
  if (treat.customers === 0) return WORDS.nobody;
  if (!(treat.cost > 0 && treat.revenue > 0)) return "";
  return WORDS.breakEven(money.money(treat.cost / treat.customers), percent(treat.cost / treat.revenue));
}

/** What the control group can show, and how large it would have to be where that is next to nothing. */
function powerTold({ customers, effect, average, isTelling, needed, isInReach }, money) {
  if (effect === null) return customers === 0 ? WORDS.noControl : "";
  const numbers = [count(customers), money.money(effect), money.money(average)];
  if (isTelling) return WORDS.power(...numbers);
  return `${WORDS.weak(...numbers)} ${(isInReach ? WORDS.needed : WORDS.neededMore)(count(needed))}`;
}
