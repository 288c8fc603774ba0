/** The first door: one customer, from a typical one or from the form to the answer. */

import { answerCard, emptyCard } from "./answer.js";
import { segmentClass } from "./charts/segments.js";
import { byId, html } from "./elements.js";
import { fieldsIn } from "./fields.js";
import { exampleLine } from "./fitting.js";
import { moneyIn } from "./numbers.js";
import { Refusal, askJson } from "./service.js";
import { texts } from "./texts.js";

/** Open the door; `enter` shows the view. */
export function startCustomer(about, notices, enter) {
  const money = moneyIn(about.currency);
  const fields = fieldsIn(byId("fields"), about, money);
  const form = byId("customer-form");
  const submit = form.querySelector("[type=submit]");
  let asking = null;

  const forecast = async () => {
    notices.clear();
    const customer = fields.checked();
    if (!customer) return notices.note(texts.checks.summary(String(fields.wrong())));
    asking?.abort();
    const current = (asking = new AbortController());
    setBusy(submit, true);
    try {
      const answer = await askJson("/predict_customer_value", { json: customer, signal: current.signal }, (state) =>
        notices.waiting(state, () => current.abort()),
      );
      byId("answer").replaceChildren(answerCard(customer, answer, money));
      byId("answer-title").focus({ preventScroll: innerWidth > 900 });
    } catch (error) {
      const blamed = error instanceof Refusal ? (error.problem?.errors ?? []) : [];
      const elsewhere = fields.blame(blamed);
      notices.failed(error, { again: blamed.length > elsewhere.length ? null : forecast });
    } finally {
      if (asking === current) setBusy(submit, false);
    }
  };

  const choose = (example) => {
    enter();
    fields.fill(example);
    forecast();
  };
  for (const host of document.querySelectorAll(".archetypes")) {
    host.replaceChildren(...about.examples.map((example) => archetype(example, () => choose(example))));
    host.removeAttribute("aria-busy");
  }
  form.onsubmit = (event) => {
    event.preventDefault();
    forecast();
  };
  byId("answer").replaceChildren(emptyCard());
  byId("whose").replaceChildren(...[exampleLine(about)].filter(Boolean));
}

function archetype(example, onclick) {
  const [title, hint] = texts.archetypes[example.name] ?? [example.name.replaceAll("_", " "), ""];
  return html(
    "button",
    { type: "button", class: `archetype ${segmentClass(example.customer_segment)}`, onclick },
    html("b", {}, title),
    html("span", {}, hint),
  );
}

function setBusy(button, isBusy) {
  button.disabled = isBusy;
  button.textContent = isBusy ? texts.customer.working : texts.customer.submit;
}
