/** Sliders with a field beside them for exact values, and fields for numbers alone. */

import { html } from "./elements.js";
import { parsed } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.campaign;

/** A slider from 0 to `max`; `set` is told every value as plain text. */
export function slider({ name, id, unit, max, step, value, set, ...bounds }) {
  const range = html("input", { type: "range", id, min: 0, max, step, value });
  const exact = field({
    value,
    unit,
    label: WORDS.exact(name),
    set: (plain) => {
      range.value = plain;
      fill(range);
      set(plain);
    },
    ...bounds,
  });
  range.oninput = () => {
    const plain = tidy(range.valueAsNumber, Number(range.step));
    exact.write(plain);
    fill(range);
    set(plain);
  };
  fill(range);
  const head = html("div", { class: "row between" }, html("label", { for: id }, name), exact.element);
  return {
    element: html("div", { class: "slider" }, head, range),
    value: exact.value,
    rescale(newMax, newStep) {
      range.max = newMax;
      range.step = newStep;
      range.value = exact.value();
      fill(range);
    },
  };
}

/** A number with its name before it. */
export function namedNumber({ name, id, ...more }) {
  const { element } = field({ id, ...more });
  return html("div", { class: "slider row between" }, html("label", { for: id }, name), element);
}

/** Up to a whole number of steps, without the crumbs of binary fractions. */
export const upTo = (step, amount) => Number(tidy(Math.ceil(amount / step - 1e-9) * step, step));

/** 1, 2 or 5 times a power of ten, at least `raw` and at least a cent. */
export function roundStep(raw) {
  const least = Math.max(raw, 0.01);
  const power = 10 ** Math.floor(Math.log10(least) + 1e-9);
  return Number(([1, 2, 5, 10].find((each) => each * power >= least - 1e-12) * power).toPrecision(1));
}

/** A field for a number; while it holds a bad one, the last good one counts. */
function field({ id, label, unit, value, set, ...bounds }) {
  let good = String(value);
  const fault = html("span", { class: "fault", role: "status" });
  const input = html("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    id,
    value,
    "aria-label": label,
  });
  const blame = (message) => {
    fault.textContent = message;
    input.setAttribute("aria-invalid", String(message !== ""));
  };
  input.oninput = () => {
    const typed = parsed(input.value);
    blame(faultIn(typed, bounds));
    if (fault.textContent) return;
    good = typed.plain;
    set(good);
  };
  const before = unit && html("span", { class: "unit", "aria-hidden": "true" }, unit);
  return {
    element: html("span", { class: "exact" }, before, input, fault),
    value: () => good,
    write(plain) {
      input.value = good = plain;
      blame("");
    },
  };
}

function faultIn({ value, fault }, { isAboveZero = false, isWhole = false, most = Infinity }) {
  if (fault) return fault === "negative" ? texts.checks.negative : WORDS.number;
  if (isWhole && !Number.isInteger(value)) return WORDS.whole;
  if (isAboveZero && value === 0) return WORDS.aboveZero;
  return value > most ? WORDS.tooMuch(String(most)) : "";
}

/** The part of a slider left of its thumb is coloured. */
const fill = (range) => range.style.setProperty("--filled", `${(100 * range.value) / (Number(range.max) || 1)}%`);

function tidy(value, step) {
  const decimals = (String(step).split(".")[1] ?? "").length;
  return String(Number(value.toFixed(decimals)));
}
