/** The form of six numbers: fields with units and help, checked while typing stops, and the service's own findings. */

import { html } from "./elements.js";
import { parsed } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.checks;
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f]/;
// Not asked for: it is total spend over orders.
const AVERAGE = "avg_spend";

/**
 * Fields for a customer in `host`.
 *
 * Gives `fill(customer)`, `checked()` (the customer, or null after showing what is wrong), and `blame(errors)`
 * (shows the service's findings; returns those that belong to no field).
 */
export function fieldsIn(host, about, money) {
  const names = about.features.map((feature) => feature.name);
  const id = field({ name: "customer_id", help: texts.fields.customer_id.help });
  const numbers = about.features
    .filter((feature) => feature.name !== AVERAGE)
    .map((feature) => field({ name: feature.name, help: meaning(feature), ...unitOf(feature, money), isNumber: true }));
  const fields = [id, ...numbers];
  const average = averageField(money);
  const afterClick = clicksFirst();
  const byName = Object.fromEntries(fields.map((each) => [each.name, each]));
  const valueOf = (name) => parsed(byName[name].input.value).value;
  const work = () => average.show(averageOf(valueOf("total_spend"), valueOf("num_transactions")));
  const elements = fields.map((each) => each.element);
  elements.splice(1 + names.indexOf(AVERAGE), 0, average.element);
  host.replaceChildren(...elements);

  id.check = () => faultOfId(id.input.value, about.longest_id);
  for (const each of numbers) each.check = () => faultOfNumber(each.input.value);
  for (const each of fields) {
    each.input.addEventListener("blur", () => afterClick(() => each.input.value.trim() && each.blame(each.check())));
    each.input.addEventListener("input", () => {
      each.blame(null);
      work();
    });
  }
  work();

  return {
    fill(customer) {
      id.input.value = customer.customer_id;
      for (const { name, input } of numbers) input.value = String(customer.features[names.indexOf(name)]);
      for (const each of fields) each.blame(null);
      work();
    },
    checked() {
      for (const each of fields) each.blame(each.check());
      const wrong = fields.find((each) => each.isWrong());
      wrong?.input.focus();
      if (wrong) return null;
      const average = averageOf(valueOf("total_spend"), valueOf("num_transactions")) ?? 0;
      const values = names.map((name) => [name, name === AVERAGE ? average : valueOf(name)]);
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

/** Spend per order; null while one of the two is missing. */
export const averageOf = (spend, orders) => (spend >= 0 && orders > 0 ? spend / orders : null);

/** The average order as it follows from what is typed. */
function averageField(money) {
  const output = html("output", { id: AVERAGE, for: "total_spend num_transactions" });
  return {
    element: html(
      "div",
      { class: "field worked-out" },
      html("label", { for: AVERAGE }, texts.fields[AVERAGE].label),
      output,
      html("p", { class: "help" }, texts.fields[AVERAGE].help),
    ),
    show: (average) => (output.value = average === null ? "–" : money.money(average)),
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
  const input = html("input", {
    id: name,
    name,
    type: "text",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    inputmode: isNumber ? "decimal" : null,
    "aria-describedby": `${name}-unit ${name}-help ${name}-fault`,
  });
  return {
    name,
    input,
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
