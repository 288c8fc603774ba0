/** The controls of a campaign: how many are contacted, at what cost, who is held out, and which kinds of customers. */

import { holdersOf } from "./campaign.js";
import { segmentClass } from "./charts/segments.js";
import { html } from "./elements.js";
import { parsed, percent } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.campaign;
const MODES = ["budget", "limit", "everyone"];
const FIRST_SHARE = 0.8; // of the expected revenue, with the first campaign
const FIRST_CONTROL_PERCENT = 10;
const MOST_CONTROL_PERCENT = 50;
const SLIDER_STEPS = 200;

/** Controls for the customers of a list; `changed(campaign)` at every move, see `campaign.js` for its form. */
export function controls(customers, segments, money, changed) {
  const size = customers.length;
  const cost = money.decimals > 0 ? 0.5 : 50;
  const holders = holdersOf(FIRST_SHARE, customers);
  const campaign = {
    mode: "budget",
    budget: "",
    contactCost: String(cost),
    limit: holders,
    controlShare: FIRST_CONTROL_PERCENT / 100,
    segments: new Set(segments),
  };
  const update = (change) => changed(Object.assign(campaign, change));
  const step = roundStep((cost * size) / SLIDER_STEPS);

  const budget = slider({ name: WORDS.budget, id: "budget", unit: money.symbol, max: upTo(step, cost * size), step, value: upTo(step, cost * holders), set: (plain) => update({ budget: plain }) });
  const contactCost = number({ name: WORDS.contactCost, id: "contact-cost", unit: money.symbol, value: cost, least: 1e-6, set: (plain) => {
    const finer = roundStep((Number(plain) * size) / SLIDER_STEPS);
    budget.rescale(upTo(finer, Number(plain) * size), finer);
    update({ contactCost: plain });
  } });
  const limit = slider({ name: WORDS.limit, id: "limit", unit: "", max: size, step: 1, value: holders, isWhole: true, set: (plain) => update({ limit: Number(plain) }) });
  const control = slider({ name: WORDS.controlShare, id: "control", unit: WORDS.ofHundred, max: MOST_CONTROL_PERCENT, step: 1, value: FIRST_CONTROL_PERCENT, most: 99, set: (plain) => update({ controlShare: Number(plain) / 100 }) });
  campaign.budget = budget.value();

  const byMode = { budget: [contactCost.element, budget.element], limit: [limit.element], everyone: [] };
  const choose = (mode) => {
    for (const each of MODES) for (const element of byMode[each]) element.hidden = each !== mode;
    update({ mode });
  };
  const element = html(
    "div",
    { class: "controls" },
    modes(choose),
    contactCost.element,
    budget.element,
    limit.element,
    html("p", { class: "help" }, WORDS.proposal(percent(FIRST_SHARE))),
    control.element,
    html("p", { class: "help" }, WORDS.controlHelp),
    kinds(segments, (chosen) => update({ segments: chosen })),
  );
  choose("budget");
  return { element };
}

function modes(choose) {
  const option = (mode) =>
    html(
      "label",
      {},
      html("input", { type: "radio", name: "mode", value: mode, checked: mode === MODES[0], onchange: () => choose(mode) }),
      html("span", {}, WORDS.modes[mode]),
    );
  return html("fieldset", { class: "segmented" }, html("legend", {}, WORDS.mode), html("div", {}, MODES.map(option)));
}

function kinds(segments, chosen) {
  const boxes = segments.map((segment) => html("input", { type: "checkbox", value: segment, checked: true }));
  const tell = () => chosen(new Set(boxes.filter((box) => box.checked).map((box) => box.value)));
  for (const box of boxes) box.onchange = tell;
  const rows = boxes.map((box) => html("label", { class: segmentClass(box.value) }, box, html("i", { class: "dot", "aria-hidden": "true" }), box.value));
  return html("fieldset", { class: "kinds" }, html("legend", {}, WORDS.segments), rows);
}

/** A slider with a field beside it for exact values; `set` is told the number as plain text. */
function slider({ name, id, unit, max, step, value, most = Infinity, isWhole = false, set }) {
  const range = html("input", { type: "range", id, min: 0, max, step, value });
  const exact = number({ name: WORDS.exact(name), unit, value, most, isWhole, isHidden: true, set: (plain) => {
    range.value = plain;
    fill(range);
    set(plain);
  } });
  range.oninput = () => {
    const plain = tidy(range.valueAsNumber, Number(range.step));
    exact.write(plain);
    fill(range);
    set(plain);
  };
  fill(range);
  return {
    element: html("div", { class: "slider" }, html("div", { class: "row between" }, html("label", { for: id }, name), exact.element), range),
    value: () => exact.value(),
    rescale(newMax, newStep) {
      range.max = newMax;
      range.step = newStep;
      range.value = exact.value();
      fill(range);
    },
  };
}

/** A field for a number; keeps the last good value while it holds a bad one. */
function number({ name, id, unit, value, least = 0, most = Infinity, isWhole = false, isHidden = false, set }) {
  let good = String(value);
  const fault = html("p", { class: "fault", role: "status" });
  const input = html("input", { type: "text", inputmode: "decimal", autocomplete: "off", id, value: good, "aria-label": isHidden ? name : null });
  const read = () => {
    const { value: typed, plain, fault: kind } = parsed(input.value);
    const isWrong = kind || typed < least || typed > most || (isWhole && !Number.isInteger(typed));
    fault.textContent = !isWrong ? "" : typed > most ? WORDS.tooMuch(String(most)) : typed < least ? WORDS.aboveZero : texts.checks[kind === "negative" ? "negative" : "number"];
    input.toggleAttribute("aria-invalid", Boolean(isWrong));
    if (isWrong) return input.setAttribute("aria-invalid", "true");
    good = plain;
    set(plain);
  };
  input.oninput = read;
  const box = html("span", { class: "exact" }, unit && html("span", { class: "unit", "aria-hidden": "true" }, unit), input);
  const element = isHidden ? html("span", {}, box, fault) : html("div", { class: "slider" }, html("div", { class: "row between" }, html("label", { for: id }, name), html("span", {}, box, fault)));
  return { element, value: () => good, write: (plain) => (input.value = good = plain) };
}

/** The part of a slider left of its thumb is coloured. */
const fill = (range) => range.style.setProperty("--filled", `${(100 * range.value) / (Number(range.max) || 1)}%`);

const upTo = (step, amount) => Number(tidy(Math.ceil(amount / step - 1e-9) * step, step));

/** A number without the crumbs of binary fractions: as many decimals as its step has. */
function tidy(value, step) {
  const decimals = (String(step).split(".")[1] ?? "").length;
  return String(Number(value.toFixed(decimals)));
}

/** 1, 2 or 5 times a power of ten, at least `raw` and at least a cent. */
function roundStep(raw) {
  const least = Math.max(raw, 0.01);
  const power = 10 ** Math.floor(Math.log10(least) + 1e-9);
  return Number(([1, 2, 5, 10].find((each) => each * power >= least - 1e-12) * power).toPrecision(1));
}
