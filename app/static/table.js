/** The ranked list as a table: sorted, filtered and in pages, so that six thousand customers stay quick. */

import { segmentClass } from "./charts/segments.js";
import { html } from "./elements.js";
import { count, decimal, percent } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.table;
const ROWS_PER_PAGE = 25;

const COLUMNS = [
  { name: "rank", of: (row) => row.rank, startsLow: true },
  { name: "customer_id", of: (row) => row.customer_id, startsLow: true },
  { name: "predicted_future_spend_30d", of: (row) => row.predicted_future_spend_30d },
  { name: "interval", of: (row) => row.prediction_interval_80?.high ?? -1, isWide: true },
  { name: "purchase_probability_30d", of: (row) => row.purchase_probability_30d },
  { name: "num_transactions", of: (row) => row.features.num_transactions, isWide: true },
  { name: "recency_days", of: (row) => row.features.recency_days, startsLow: true, isWide: true },
  { name: "customer_segment", of: (row) => row.customer_segment, startsLow: true },
  { name: "decision", of: (row) => row.decision ?? "", startsLow: true },
];
const TEXTS = new Set(["customer_id", "customer_segment", "decision"]);

/** A table of a list's customers; `decide(decisions)` after the campaign changed, `find(id)` to show one of them. */
export function customerTable(customers, segments, money) {
  const rows = customers.map((customer) => ({ ...customer, decision: null }));
  const state = { column: COLUMNS[0], isDescending: false, page: 0, search: "", segment: "", decision: "", opened: null };
  const cells = cellsFor(money);

  const search = html("input", { type: "search", id: "search", placeholder: WORDS.searchHint, autocomplete: "off", spellcheck: "false" });
  const segment = choice("table-segment", segments.map((each) => [each, each]));
  const decision = choice("table-decision", Object.entries(texts.campaign.decisions));
  const told = html("p", { role: "status", class: "quiet count" });
  const head = html("tr");
  const body = html("tbody");
  const pages = html("nav", { class: "pages", "aria-label": WORDS.title });
  const scroll = html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": WORDS.title }, html("table", { class: "ranked" }, html("thead", {}, head), body));

  const change = (changes) => {
    Object.assign(state, { page: 0, opened: null }, changes);
    draw();
  };
  search.oninput = () => change({ search: search.value });
  segment.onchange = () => change({ segment: segment.value });
  decision.onchange = () => change({ decision: decision.value });
  const clear = () => {
    search.value = segment.value = decision.value = "";
    change({ search: "", segment: "", decision: "" });
    search.focus();
  };

  function draw() {
    const shown = sorted(rows.filter((row) => matches(row, state)), state);
    const last = Math.max(Math.ceil(shown.length / ROWS_PER_PAGE) - 1, 0);
    state.page = Math.min(state.page, last);
    const visible = shown.slice(state.page * ROWS_PER_PAGE, (state.page + 1) * ROWS_PER_PAGE);
    told.textContent = WORDS.count(count(shown.length), count(rows.length));
    body.replaceChildren(...(visible.length ? visible.flatMap((row) => rowOf(row)) : [nothing(clear)]));
    pages.replaceChildren(...pageButtons(state.page, last, (page) => ((state.page = page), (state.opened = null), draw(), scroll.scrollIntoView({ block: "nearest" }))));
  }

  const rowOf = (row) => {
    const isOpen = state.opened === row.customer_id;
    const toggle = () => {
      state.opened = isOpen ? null : row.customer_id;
      draw();
      body.querySelector(`[data-row="${row.rank}"]`)?.focus();
    };
    const line = html("tr", { class: row.decision ? `is-${row.decision}` : "is-outside" }, COLUMNS.map(({ name, isWide }) => html("td", { class: `${name}${isWide ? " wide-only" : ""}` }, cells[name](row, isOpen, toggle))));
    return isOpen ? [line, detailsOf(row, money)] : [line];
  };

  const drawHead = () => head.replaceChildren(...COLUMNS.map((column) => heading(column, state, (isDescending) => {
    change({ column, isDescending });
    drawHead();
    head.querySelector("[aria-sort] button").focus();
  })));

  drawHead();
  const filters = html(
    "div",
    { class: "filters" },
    html("div", {}, html("label", { for: "search" }, WORDS.search), search),
    html("div", {}, html("label", { for: segment.id }, WORDS.segment), segment),
    html("div", {}, html("label", { for: decision.id }, WORDS.decision), decision),
    told,
  );
  return {
    element: html("div", { class: "customers" }, filters, scroll, pages),
    decide(decisions) {
      rows.forEach((row, position) => (row.decision = decisions[position]));
      draw();
    },
    find(id) {
      search.value = id;
      segment.value = decision.value = "";
      change({ search: id, segment: "", decision: "", opened: id });
      search.scrollIntoView({ block: "center" });
    },
  };
}

const matches = (row, { search, segment, decision }) =>
  (!search || row.customer_id.toLowerCase().includes(search.trim().toLowerCase())) &&
  (!segment || row.customer_segment === segment) &&
  (!decision || row.decision === decision);

function sorted(rows, { column, isDescending }) {
  const sign = isDescending ? -1 : 1;
  const byText = new Intl.Collator("en", { numeric: true });
  const compare = TEXTS.has(column.name) ? (one, other) => byText.compare(one, other) : (one, other) => one - other;
  return rows.sort((one, other) => sign * compare(column.of(one), column.of(other)) || one.rank - other.rank);
}

function heading(column, state, sort) {
  const isSorted = state.column === column;
  const next = isSorted ? !state.isDescending : !column.startsLow;
  const arrow = isSorted && html("span", { class: "arrow", "aria-hidden": "true" }, state.isDescending ? "↓" : "↑");
  return html(
    "th",
    { scope: "col", class: `${column.name}${column.isWide ? " wide-only" : ""}`, "aria-sort": isSorted ? (state.isDescending ? "descending" : "ascending") : null },
    html("button", { type: "button", onclick: () => sort(next) }, WORDS.columns[column.name], arrow),
  );
}

/** How each column shows a row. */
function cellsFor(money) {
  return {
    rank: (row) => count(row.rank),
    customer_id: (row, isOpen, toggle) =>
      html("button", { type: "button", class: "open", "data-row": row.rank, "aria-expanded": String(isOpen), "aria-label": WORDS.details(row.customer_id), onclick: toggle, title: row.customer_id }, row.customer_id),
    predicted_future_spend_30d: (row) => money.money(row.predicted_future_spend_30d),
    interval: ({ prediction_interval_80: interval }) => (interval ? `${money.whole(interval.low)} – ${money.whole(interval.high)}` : "–"),
    purchase_probability_30d: (row) => chance(row.purchase_probability_30d),
    num_transactions: (row) => count(row.features.num_transactions),
    recency_days: (row) => WORDS.daysAgo(count(row.features.recency_days)),
    customer_segment: (row) => html("span", { class: `kind ${segmentClass(row.customer_segment)}` }, html("i", { class: "dot", "aria-hidden": "true" }), row.customer_segment),
    decision: (row) => html("span", { class: "decision" }, texts.campaign.decisions[row.decision] ?? WORDS.outside),
  };
}

function chance(probability) {
  const bar = html("i");
  bar.style.inlineSize = `${probability * 100}%`;
  return html("span", { class: "likely" }, html("span", { class: "bar", "aria-hidden": "true" }, bar), percent(probability));
}

function detailsOf(row, money) {
  const shown = (name, value) => (["total_spend", "avg_spend"].includes(name) ? money.money(value) : decimal(value));
  return html(
    "tr",
    { class: "details" },
    html(
      "td",
      { colspan: COLUMNS.length },
      html("div", {}, html("h4", {}, WORDS.action), html("p", {}, row.recommended_action), html("h4", {}, WORDS.reason), html("p", {}, row.reason)),
      html("div", {}, html("h4", {}, WORDS.numbers), html("dl", {}, Object.entries(row.features).map(([name, value]) => html("div", {}, html("dt", {}, texts.fields[name]?.label ?? name), html("dd", {}, shown(name, value)))))),
    ),
  );
}

const nothing = (clear) => html("tr", {}, html("td", { colspan: COLUMNS.length, class: "none" }, html("p", {}, WORDS.none), html("button", { type: "button", onclick: clear }, WORDS.clear)));

function pageButtons(page, last, go) {
  const button = (label, target, arrow) => html("button", { type: "button", class: "plain", disabled: target < 0 || target > last, "aria-label": label, onclick: () => go(target) }, arrow);
  return [button(WORDS.previous, page - 1, "←"), html("span", { class: "figure" }, WORDS.page(count(page + 1), count(last + 1))), button(WORDS.next, page + 1, "→")];
}

const choice = (id, options) => html("select", { id }, html("option", { value: "" }, WORDS.any), options.map(([value, label]) => html("option", { value }, label)));
