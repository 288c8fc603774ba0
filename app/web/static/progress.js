/** What happens between dropping a file and seeing the list: the upload as it goes, then the steps of the service. */

import { html } from "./elements.js";
import { bytes, count } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.progress;
const STEPS = Object.keys(WORDS.steps);
const SENDING = "receiving"; // as the service calls what is sending from here

/** Progress in `host` for a file called `name`; `cancel` is offered as a button. */
export function progressIn(host, name, cancel) {
  const bar = html("progress", { max: "1", value: "0", "aria-label": WORDS.label });
  const told = html("span", { role: "status" });
  const amount = html("span", { class: "figure quiet" });
  const seconds = html("span", { class: "figure quiet" });
  const steps = STEPS.map((step) => html("li", {}, WORDS.steps[step]));
  const seen = new Set([SENDING]); // a small file is sent before it can be told
  const started = Date.now();
  const clock = setInterval(() => (seconds.textContent = WORDS.seconds(count((Date.now() - started) / 1000))), 1000);
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

  /** Whoever hears the page is told of steps, not of every share. */
  function show(step, share, text, more = "") {
    const reached = STEPS.indexOf(step);
    seen.add(step);
    steps.forEach((each, position) => {
      each.className = position < reached ? "done" : position === reached ? "now" : "";
      each.hidden = position < reached && !seen.has(STEPS[position]); // left out this time
      if (position === reached) each.setAttribute("aria-current", "step");
      else each.removeAttribute("aria-current");
    });
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
    if (told.textContent !== text) told.textContent = text;
    amount.textContent = more;
  }

  return {
    fetching: () => show(SENDING, null, WORDS.fetching),
    sending(sent, total) {
      if (sent >= total) show("reading", null, WORDS.told.reading);
      else show(SENDING, sent / total, WORDS.told.receiving, WORDS.amount(bytes(sent), bytes(total)));
    },
    /** What the service says of itself. */
    at({ step, share, told: text }) {
      if (step !== SENDING && STEPS.includes(step)) show(step, share ?? null, text || WORDS.told[step]);
    },
    end() {
      clearInterval(clock);
      section.remove();
    },
  };
}
