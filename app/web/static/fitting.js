/** Whose numbers these are: how a list's forecast was fitted, on what data, and why; and whose shop the example is. */

import { html } from "./elements.js";
import { count, day } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.fitting;

/** How the forecasts of a list were made, in sentences; null where a service does not say. */
export function fittingTold({ fitted, ranking_model: model, model_version: version }) {
  if (!fitted) return html("p", { class: "help fitted" }, WORDS.ranked(WORDS.models[model] ?? model, version));
  const { how, first_day: first, last_day: last, learned_from: learned } = fitted;
  const days = first && last ? WORDS.between(day(first), day(last)) : "";
  const way = fitted.example ? "example" : how;
  const told = [
    WORDS.model(WORDS.models[fitted.model] ?? fitted.model, days),
    learned && WORDS.learned(count(learned.past_buyers), count(learned.windows)),
    learned &&
      learned.drawn < learned.customer_windows &&
      WORDS.drawn(count(learned.drawn), count(learned.customer_windows)),
  ];
  return html(
    "div",
    { class: `fitted ${fitted.example ? "foreign" : "own"}` },
    html("p", {}, html("b", {}, WORDS.ways[way]), " ", told.filter(Boolean).join(" ")),
    html(
      "details",
      {},
      html("summary", {}, WORDS.why),
      html("p", {}, WORDS.whys[way]),
      html("p", { class: "help" }, WORDS.rule(fitted.reason)),
    ),
  );
}

/** One line where six numbers are answered by the example: whose shop it learned from, and how to have one's own. */
export function exampleLine({ example }) {
  if (!example?.is) return null;
  return html(
    "p",
    { class: "help whose" },
    WORDS.example(example.shop),
    " ",
    html("a", { href: "#shop" }, WORDS.ownFile),
    WORDS.or,
    html("code", {}, example.train),
    ".",
  );
}
