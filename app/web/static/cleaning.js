/** How the file was read, in plain words: what counts, what was left out and why. */

import { GLYPHS, glyph, html } from "./elements.js";
import { count, percent } from "./numbers.js";
import { inPlainWords } from "./reading_dialog.js";
import { texts } from "./texts.js";

const WORDS = texts.cleaning;

/** Whether a finding stands among the warnings, too. */
export const isGrave = ({ severity }) => severity === "failure" || severity === "warning";

/** What must be known before anybody acts on the list, the gravest first; null where nothing stands out. */
export function graveFindings({ findings }, reread) {
  const grave = findings.filter(isGrave);
  if (grave.length === 0) return null;
  return html(
    "section",
    { class: "warnings caution", role: "alert" },
    html("h3", {}, glyph(GLYPHS.warning), texts.findings.title),
    html(
      "ul",
      {},
      grave.map(({ words }) => html("li", {}, inPlainWords(words))),
    ),
    html(
      "div",
      { class: "row" },
      html(
        "button",
        { type: "button", onclick: () => reread(grave.find(({ option }) => option)?.option) },
        texts.reading.change,
      ),
    ),
  );
}

/** The answer's `cleaning` as a list of sentences; `reread()` asks how to read the file. */
export function cleaningReport(cleaning, money, reread) {
  const hints = cleaning.findings.filter((finding) => !isGrave(finding) && finding.severity === "hint");
  const { lines_read: read, lines_kept: kept, dropped } = cleaning;
  return html(
    "div",
    { class: "cleaning" },
    html(
      "p",
      {},
      html(
        "b",
        {},
        read === kept ? WORDS.all(count(read)) : WORDS.kept(count(kept), count(read), percent(kept / read)),
      ),
    ),
    html("p", {}, WORDS.found(count(cleaning.customers), count(cleaning.orders), money.whole(cleaning.spend))),
    dropped.length > 0 && html("h3", {}, WORDS.dropped),
    dropped.length > 0 &&
      html(
        "ul",
        { class: "dropped" },
        dropped.map((each) => droppedLine(each, money)),
      ),
    (cleaning.missing_columns ?? []).map(
      (column) => WORDS.missing[column] && html("p", { class: "help" }, WORDS.missing[column]),
    ),
    hints.length > 0 && html("h3", {}, texts.findings.more),
    hints.map(({ words }) => html("p", { class: "help" }, inPlainWords(words))),
    columnsUsed(cleaning.columns),
    html("button", { type: "button", class: "plain small", onclick: () => reread() }, texts.reading.change),
  );
}

function droppedLine({ reason, lines, spend }, money) {
  const worth = spend > 0 ? html("span", { class: "quiet" }, WORDS.worth(money.whole(spend))) : null;
  return html(
    "li",
    {},
    html("b", { class: "figure" }, WORDS.lines(count(lines))),
    html("span", {}, WORDS.reasons[reason] ?? reason),
    worth,
  );
}

function columnsUsed(columns) {
  const named = Object.entries(columns ?? {}).filter(([, name]) => name);
  if (named.length === 0) return null;
  return html(
    "details",
    { class: "behind" },
    html("summary", {}, WORDS.columns),
    html(
      "dl",
      { class: "columns" },
      named.map(([role, name]) =>
        html("div", {}, html("dt", {}, WORDS.roles[role] ?? role), html("dd", {}, html("code", {}, String(name)))),
      ),
    ),
  );
}
