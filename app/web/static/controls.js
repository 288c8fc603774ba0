/** The controls of a campaign: how many are contacted, at what cost, who is held out, and which kinds of customers. */

import { costOf, decide, holdersOf } from "./campaign.js";
import { segmentClass } from "./charts/segments.js";
import { html } from "./elements.js";
import { percent } from "./numbers.js";
import { namedNumber, roundStep, slider, upTo } from "./sliders.js";
import { texts } from "./texts.js";

const WORDS = texts.campaign;
const MODES = ["budget", "limit", "everyone"];
const FIRST_SHARE = 0.8; // of the expected revenue, with the first campaign
const FIRST_CONTROL_PERCENT = 10;
const MOST_CONTROL_PERCENT = 50;
const SLIDER_STEPS = 200;

/** Controls for the customers of a list; `campaign` is the current one, and `changed()` is called at every move. */
export function controls(customers, segments, money, changed) {
  const size = customers.length;
  const cost = money.decimals > 0 ? 0.5 : 50;
  const campaign = {
    mode: "budget",
    budget: "",
    contactCost: String(cost),
    limit: 0,
    controlShare: FIRST_CONTROL_PERCENT / 100,
    segments: new Set(segments),
  };
  const first = firstContacts(customers, campaign);
  const costOfAll = (contactCost) => Math.max(costOf(customers, contactCost), cost);
  campaign.limit = first.length;
  const update = (change) => {
    Object.assign(campaign, change);
    changed();
  };
  const step = roundStep(costOfAll(String(cost)) / SLIDER_STEPS);

  const budget = slider({
    name: WORDS.budget,
    id: "budget",
    unit: money.symbol,
    max: upTo(step, costOfAll(String(cost))),
    step,
    value: upTo(step, costOf(first, String(cost))),
    set: (plain) => update({ budget: plain }),
  });
  const contactCost = namedNumber({
    name: WORDS.contactCost,
    id: "contact-cost",
    unit: money.symbol,
    value: cost,
    isAboveZero: true,
    set: (plain) => {
      const all = costOfAll(plain);
      const finer = roundStep(all / SLIDER_STEPS);
      budget.rescale(upTo(finer, all), finer);
      update({ contactCost: plain });
    },
  });
  const limit = slider({
    name: WORDS.limit,
    id: "limit",
    unit: "",
    max: size,
    step: 1,
    value: first.length,
    isWhole: true,
    set: (plain) => update({ limit: Number(plain) }),
  });
  const control = slider({
    name: WORDS.controlShare,
    id: "control",
    unit: WORDS.ofHundred,
    max: MOST_CONTROL_PERCENT,
    step: 1,
    value: FIRST_CONTROL_PERCENT,
    most: 99,
    set: (plain) => update({ controlShare: Number(plain) / 100 }),
  });
  campaign.budget = budget.value();

  const actionCosts = html("p", { class: "help" }, WORDS.actionCosts);
  const byMode = { budget: [contactCost, budget.element, actionCosts], limit: [limit.element], everyone: [] };
  const choose = (mode) => {
    for (const each of MODES) for (const element of byMode[each]) element.hidden = each !== mode;
    update({ mode });
  };
  const element = html(
    "div",
    { class: "controls" },
    modes(choose),
    contactCost,
    budget.element,
    actionCosts,
    limit.element,
    html("p", { class: "help" }, WORDS.proposal(percent(FIRST_SHARE))),
    control.element,
    html("p", { class: "help" }, WORDS.controlHelp),
    kinds(segments, (chosen) => update({ segments: chosen })),
  );
  choose("budget");
  return { element, campaign };
}

/** Whom the first campaign contacts: as far down the list as holds most of what is expected. */
function firstContacts(customers, campaign) {
  const top = customers.slice(0, holdersOf(FIRST_SHARE, customers));
  const decisions = decide(top, { ...campaign, mode: "everyone" });
  return top.filter((_, position) => decisions[position] === "treat");
}

function modes(choose) {
  const option = (mode) =>
    html(
      "label",
      {},
      html("input", {
        type: "radio",
        name: "mode",
        value: mode,
        checked: mode === MODES[0],
        onchange: () => choose(mode),
      }),
      html("span", {}, WORDS.modes[mode]),
    );
  return html("fieldset", { class: "segmented" }, html("legend", {}, WORDS.mode), html("div", {}, MODES.map(option)));
}

function kinds(segments, chosen) {
  const boxes = segments.map((segment) => html("input", { type: "checkbox", value: segment, checked: true }));
  const tell = () => chosen(new Set(boxes.filter((box) => box.checked).map((box) => box.value)));
  for (const box of boxes) box.onchange = tell;
  const rows = boxes.map((box) =>
    html(
      "label",
      { class: segmentClass(box.value) },
      box,
      html("i", { class: "dot", "aria-hidden": "true" }),
      box.value,
    ),
  );
  return html("fieldset", { class: "kinds" }, html("legend", {}, WORDS.segments), rows);
}
