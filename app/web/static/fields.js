/** The form of the six numbers: fields with units and help, checked while typing stops, and the service's own findings. */

import { html } from "./elements.js";
import { decimal, parsed } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.checks;
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f]/;
const AVERAGE_TOLERANCE = 0.02;

/**
 * Fields for a customer in `host`.
 *
 * Gives `fill(customer)`, `checked()` (the customer, or null after showing what is wrong), and `blame(errors)`
 * (shows the service's findings; returns those that belong to no field).
 */
export function fieldsIn(host, about, money) {
  const names = about.features.map((feature) => feature.name);
  const id = field({ name: "customer_id", help: texts.fields.customer_id.help });
  const numbers = about.features.map((feature) =>
    field({ name: feature.name, help: meaning(feature), ...unitOf(feature, money), isNumber: true }),
  );
  const fields = [id, ...numbers];
  const afterClick = clicksFirst();
  const byName = Object.fromEntries(fields.map((each) => [each.name, each]));
  host.replaceChildren(...fields.map((each) => each.element));

  id.check = () => faultOfId(id.input.value, about.longest_id);
  for (const each of numbers) each.check = () => faultOfNumber(each.input.value);
  for (const each of fields) {
    each.input.addEventListener("blur", () => afterClick(() => each.input.value.trim() && each.blame(each.check())));
    each.input.addEventListener("input", () => {
      each.blame(null);
      hintAverage(byName);
    });
  }

  return {
    fill(customer) {
      id.input.value = customer.customer_id;
      names.forEach((name, position) => (byName[name].input.value = String(customer.features[position])));
      for (const each of fields) each.blame(null);
      hintAverage(byName);
    },
    checked() {
      for (const each of fields) each.blame(each.check());
      const wrong = fields.find((each) => each.isWrong());
      wrong?.input.focus();
      if (wrong) return null;
      const values = numbers.map((each) => [each.name, parsed(each.input.value).value]);
      return { customer_id: id.input.value, features: Object.fromEntries(values) };
    },
    blame(errors) {
      const elsewhere = [];
      for (const error of errors) {
        const place = error.loc.at(-1);
        const found = byName[typeof place === "number" ? names[place] : place];
        if (found) found.blame(error.msg);
        else elsewhere.push(error);
      }
      fields.find((each) => each.isWrong())?.input.focus();
      return elsewhere;
    },
    wrong: () => fields.filter((each) => each.isWrong()).length,
  };
}

/** What runs an action now, or after the click under way: a message that moves a button from under it would lose it. */
function clicksFirst() {
  let isPressed = false;
  const press = (pressed) => () => (isPressed = pressed);
  addEventListener("pointerdown", press(true), { capture: true });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, press(false), { capture: true });
  return (act) => (isPressed ? addEventListener("pointerup", () => setTimeout(act), { once: true }) : act());
}

function field({ name, help, before, after, isNumber }) {
  const label = texts.fields[name]?.label ?? name.replaceAll("_", " ");
  const fault = html("p", { class: "fault", id: `${name}-fault` });
  const hint = html("p", { class: "hint", id: `${name}-hint` });
  const input = html("input", {
    id: name,
    name,
    type: "text",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    inputmode: isNumber ? "decimal" : null,
    "aria-describedby": `${name}-unit ${name}-help ${name}-hint ${name}-fault`,
  });
  return {
    name,
    input,
    hint,
    element: html(
      "div",
      { class: isNumber ? "field number" : "field" },
      html("label", { for: name }, label),
      html(
        "div",
        { class: before ? "box before" : "box" },
        input,
        (before || after) && html("span", { class: "unit", id: `${name}-unit` }, before ?? after),
      ),
      html("p", { class: "help", id: `${name}-help` }, help),
      hint,
      fault,
    ),
    blame(message) {
      fault.textContent = message ?? "";
      if (message) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
    isWrong: () => fault.textContent !== "",
  };
}

/** What the feature means; on this page the moment of the forecast is today. */
function meaning(feature) {
  const text = feature.meaning
    .replace("before as_of", `before ${texts.today}`)
    .replace("to as_of", `to ${texts.today}`);
  const named = text.replace(/\b[a-z]+_[a-z_]+\b/g, (name) => texts.fields[name]?.label.toLowerCase() ?? name);
  return `${named[0].toUpperCase()}${named.slice(1)}.`;
}

/** Currencies stand before a number, everything else after it. */
const unitOf = (feature, money) =>
  feature.unit === "currency" ? { before: money.symbol } : { after: texts.fields[feature.name]?.unit ?? feature.unit };

function faultOfId(text, longest) {
  if (!text.trim()) return WORDS.required;
  if ([...text].length > longest) return WORDS.tooLong(String(longest));
  return UNPRINTABLE.test(text) ? WORDS.unprintable : null;
}

function faultOfNumber(text) {
  if (!text.trim()) return WORDS.required;
  const { fault, suggestion } = parsed(text);
  return fault === "comma" ? WORDS.comma(suggestion) : fault ? WORDS[fault] : null;
}

/** An average that is not total over orders is recomputed by the service; better to see it here. */
function hintAverage({ total_spend, num_transactions, avg_spend }) {
  const [total, orders, average] = [total_spend, num_transactions, avg_spend].map(
    (each) => parsed(each.input.value).value,
  );
  const expected = total / orders;
  const differs = orders > 0 && average !== undefined && Math.abs(average - expected) > AVERAGE_TOLERANCE * expected;
  const isMissing = orders > 0 && total !== undefined && !avg_spend.input.value.trim();
  avg_spend.hint.replaceChildren();
  if (!(differs || isMissing)) return;
  const use = () => {
    avg_spend.input.value = expected.toFixed(2);
    avg_spend.blame(null);
    hintAverage({ total_spend, num_transactions, avg_spend });
    avg_spend.input.focus();
  };
  const button = html("button", { type: "button", class: "inline", onclick: use }, WORDS.useAverage);
  avg_spend.hint.append(WORDS.average(decimal(expected)), " ", button);
}
