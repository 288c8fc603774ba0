/** What happens between dropping a file and seeing the list: the upload as it goes, then the work with its seconds. */

import { html } from "./elements.js";
import { bytes, count } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.progress;

/** Progress in `host` for a file called `name`; `cancel` is offered as a button. */
export function progressIn(host, name, cancel) {
  const bar = html("progress", { max: "1", value: "0", "aria-label": WORDS.sendingLabel });
  const told = html("span", { role: "status" });
  const amount = html("span", { class: "figure quiet" });
  const seconds = html("span", { class: "figure quiet" });
  const steps = WORDS.steps.map((step) => html("li", {}, step));
  const started = Date.now();
  const clock = setInterval(() => (seconds.textContent = WORDS.seconds(count((Date.now() - started) / 1000))), 1000);
  const reach = (position) =>
    steps.forEach((step, index) => {
      step.className = index < position ? "done" : index === position ? "now" : "";
    });
  const section = html(
    "section",
    { class: "card progress", "aria-label": WORDS.title(name) },
    html("header", { class: "row between" }, html("h2", {}, WORDS.title(name)), seconds),
    bar,
    html("p", { class: "row" }, told, amount),
    html("ol", { class: "steps" }, steps),
    html("button", { type: "button", onclick: cancel }, texts.shop.cancel),
  );
  host.replaceChildren(section);
  return {
    fetching() {
      bar.removeAttribute("value");
      told.textContent = WORDS.fetching;
    },
    sending(sent, total) {
      if (sent >= total) return this.working();
      reach(0);
      bar.value = sent / total;
      bar.setAttribute("aria-label", WORDS.sendingLabel);
      if (told.textContent !== WORDS.sending) told.textContent = WORDS.sending;
      amount.textContent = WORDS.amount(bytes(sent), bytes(total));
    },
    working() {
      reach(1);
      bar.removeAttribute("value");
      bar.setAttribute("aria-label", WORDS.workingLabel);
      told.textContent = WORDS.working;
      amount.textContent = "";
    },
    end() {
      clearInterval(clock);
      section.remove();
    },
  };
}
