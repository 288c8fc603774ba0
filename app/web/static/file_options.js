/** From which day and by which model a file is forecast; how it is read, a dialog asks where that is open. */

import { html } from "./elements.js";
import { texts } from "./texts.js";

const WORDS = texts.options;

/** Fields for all options; `query()` has those that are set, `blame(errors)` shows the service's findings at theirs. */
export function optionFields() {
  const fields = [
    optionField("as_of", html("input", { type: "date" })),
    optionField("model", choice(WORDS.model.choices)),
  ];
  const element = html(
    "details",
    { class: "options" },
    html("summary", {}, WORDS.title),
    html(
      "div",
      { class: "fields" },
      fields.map((field) => field.element),
    ),
  );
  return {
    element,
    setAsOf: (day) => (fields[0].input.value = day),
    query: () => Object.fromEntries(fields.map((field) => [field.name, field.value()]).filter(([, value]) => value)),
    blame(errors) {
      for (const field of fields) field.blame(errors.find(({ loc }) => loc[0] === "query" && loc[1] === field.name));
      const wrong = fields.find((field) => field.isWrong());
      if (!wrong) return;
      element.open = true;
      wrong.input.focus();
    },
  };
}

function optionField(name, input) {
  const { label, help } = WORDS[name];
  const id = name.replaceAll("_", "-");
  const fault = html("p", { class: "fault", id: `${id}-fault` });
  const blame = (error) => {
    fault.textContent = error ? WORDS.refused : "";
    if (error) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-help ${id}-fault`);
  input.addEventListener("input", () => blame(null));
  return {
    name,
    input,
    blame,
    isWrong: () => fault.textContent !== "",
    value: () => input.value,
    element: html(
      "div",
      { class: "field" },
      html("label", { for: id }, label),
      input,
      html("p", { class: "help", id: `${id}-help` }, help),
      fault,
    ),
  };
}

const choice = (choices) =>
  html(
    "select",
    {},
    Object.entries(choices).map(([value, label]) => html("option", { value }, label)),
  );
