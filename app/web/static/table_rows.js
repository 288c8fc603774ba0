/** The columns of the ranked list, and how a customer looks in them. */

import { segmentClass } from "./charts/segments.js";
import { html } from "./elements.js";
import { count, decimal, percent } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.table;
const MONEY = ["total_spend", "avg_spend"];

/** `of` is what a column sorts by, `startsLow` its first direction, `from` the least screen that shows it. */
export const COLUMNS = [
  { name: "rank", of: (row) => row.rank, startsLow: true, from: "tablet" },
  { name: "customer_id", of: (row) => row.customer_id, startsLow: true },
  { name: "predicted_future_spend_30d", of: (row) => row.predicted_future_spend_30d },
  { name: "interval", of: (row) => row.spend_if_purchase?.mean ?? -1, from: "tablet" },
  { name: "purchase_probability_30d", of: (row) => row.purchase_probability_30d, from: "phone" },
  { name: "num_transactions", of: (row) => row.features.num_transactions, from: "desk" },
  { name: "recency_days", of: (row) => row.features.recency_days, startsLow: true, from: "desk" },
  { name: "customer_segment", of: (row) => row.customer_segment, startsLow: true, from: "tablet" },
  { name: "decision", of: (row) => row.decision ?? "", startsLow: true },
];

/** The columns that sort as texts. */
export const TEXTS = new Set(["customer_id", "customer_segment", "decision"]);

const classOf = ({ name, from }) => `${name}${from ? ` from-${from}` : ""}`;

/** A heading that sorts; `mark(state)` shows whether the table is sorted by it. */
export function heading(column, sort) {
  const arrow = html("span", { "aria-hidden": "true" });
  const button = html("button", { type: "button", onclick: sort }, WORDS.columns[column.name], arrow);
  const element = html("th", { scope: "col", class: classOf(column) }, button);
  return {
    element,
    mark(state) {
      const isSorted = state.column === column;
      arrow.textContent = isSorted ? (state.isDescending ? "↓" : "↑") : "";
      if (isSorted) element.setAttribute("aria-sort", state.isDescending ? "descending" : "ascending");
      else element.removeAttribute("aria-sort");
    },
  };
}

/** Draws rows: `(row, isOpen, toggle)` gives one. */
export function rowsIn(money) {
  const cells = {
    rank: (row) => count(row.rank),
    customer_id: opener,
    predicted_future_spend_30d: (row) => money.brief(row.predicted_future_spend_30d),
    interval: ({ spend_if_purchase: range }) => (range ? rangeOf(range, money) : "–"),
    purchase_probability_30d: (row) => chance(row.purchase_probability_30d),
    num_transactions: (row) => count(row.features.num_transactions),
    recency_days: (row) => WORDS.daysAgo(count(row.features.recency_days)),
    customer_segment: (row) => kind(row.customer_segment),
    decision: (row) => html("span", {}, texts.campaign.decisions[row.decision] ?? WORDS.outside),
  };
  return (row, isOpen, toggle) =>
    html(
      "tr",
      { class: row.decision ? `is-${row.decision}` : "is-outside" },
      COLUMNS.map((column) => html("td", { class: classOf(column) }, cells[column.name](row, isOpen, toggle))),
    );
}

/** What else is known of a customer, below their row. */
export function detailsOf(row, money) {
  const shown = (name, value) => (MONEY.includes(name) ? money.money(value) : decimal(value));
  const numbers = Object.entries(row.features).map(([name, value]) =>
    html("div", {}, html("dt", {}, texts.fields[name]?.label ?? name), html("dd", {}, shown(name, value))),
  );
  const who = [row.name, row.email].filter(Boolean).join(", ");
  const range = row.spend_if_purchase;
  const told = [
    html("p", { class: "narrow-only quiet" }, WORDS.chance(percent(row.purchase_probability_30d))),
    range && html("p", { class: "narrow-only quiet" }, WORDS.ifBuying(rangeOf(range, money))),
  ];
  return html(
    "tr",
    { class: "details" },
    html(
      "td",
      { colspan: COLUMNS.length },
      html(
        "div",
        {},
        html(
          "div",
          {},
          html("p", {}, kind(row.customer_segment), who && html("span", { class: "quiet" }, ` · ${who}`)),
          told,
          html("h4", {}, WORDS.action),
          html("p", {}, row.recommended_action),
          html("h4", {}, WORDS.reason),
          html("p", {}, row.reason),
        ),
        html("div", {}, html("h4", {}, WORDS.numbers), html("dl", {}, numbers)),
      ),
    ),
  );
}

const rangeOf = ({ low, high }, money) => `${money.whole(low)} – ${money.whole(high)}`;

function opener(row, isOpen, toggle) {
  const id = row.customer_id;
  const attributes = { type: "button", class: "open", "data-row": row.rank, title: id, onclick: toggle };
  return html("button", { ...attributes, "aria-expanded": String(isOpen), "aria-label": WORDS.details(id) }, id);
}

function chance(probability) {
  const bar = html("i");
  bar.style.inlineSize = `${probability * 100}%`;
  return html(
    "span",
    { class: "likely" },
    html("span", { class: "part", "aria-hidden": "true" }, bar),
    percent(probability),
  );
}

const kind = (segment) =>
  html("span", { class: `kind ${segmentClass(segment)}` }, html("i", { class: "dot", "aria-hidden": "true" }), segment);
