/** How far a total can be trusted: what this shop's last months would have been told, and what they came to. */

import { recordChart } from "./charts/record.js";
import { GLYPHS, glyph, html } from "./elements.js";
import { count, percent } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.record;

/** What must be read before any number: that the record is poor, or that there is none; null where it is good. */
export function cautionOn({ track_record: record, fitted }) {
  if (record && !record.is_poor) return null;
  const why = fitted?.how === "loaded" ? WORDS.noneOfLoaded : WORDS.noneOfFile;
  const [title, told] = record ? [WORDS.poor, record.told] : [WORDS.none, why];
  return html(
    "section",
    { class: "warnings caution", role: "note" },
    html("h3", {}, glyph(GLYPHS.warning), title),
    html("p", {}, told),
  );
}

/** The record as a card, with the plain figures beside it; null where there is none. */
export function recordCard(record, money) {
  if (!record) return null;
  const { windows, share_inside: inside, median_miss: miss } = record;
  const within = Math.round((inside ?? 0) * windows.length);
  return html(
    "section",
    { class: "card tile" },
    html("h3", {}, WORDS.title),
    recordChart(windows, money),
    html(
      "p",
      { class: "help" },
      inside !== null && WORDS.inside(count(within), count(windows.length)),
      " ",
      WORDS.miss(percent(miss)),
    ),
  );
}

/** What the shop took lately and a year ago: no forecast at all. */
export function plainFigures(record, money) {
  if (!record) return null;
  const { last_30_days: lately, same_days_last_year: yearAgo } = record;
  const figure = (name, amount) => {
    const told = amount === null ? WORDS.unknown : money.whole(amount);
    return html("div", {}, html("dt", {}, name), html("dd", { class: "figure" }, told));
  };
  return html("dl", { class: "plain-figures" }, figure(WORDS.lately, lately), figure(WORDS.yearAgo, yearAgo));
}
