/** The ranked list as a table: sorted, filtered and in pages, so that six thousand customers stay quick. */

import { html } from "./elements.js";
import { count } from "./numbers.js";
import { COLUMNS, TEXTS, detailsOf, heading, rowsIn } from "./table_rows.js";
import { texts } from "./texts.js";

const WORDS = texts.table;
const ROWS_PER_PAGE = 10; // so that what follows the list stays near
const EVERYTHING = { search: "", segment: "", decision: "", opened: null };

/** A table of a list's customers; `decide(decisions)` after the campaign changed, `find(id)` to show one of them. */
export function customerTable(customers, segments, money) {
  const rows = customers.map((customer) => ({ ...customer, decision: null }));
  const state = { ...EVERYTHING, column: COLUMNS[0], isDescending: false, page: 0 };
  const filters = filterBar(segments, (wanted) => change(wanted));
  const headings = COLUMNS.map((column) => heading(column, () => sortBy(column)));
  const pager = pagerFor((page) => change({ page, opened: null }));
  const body = html("tbody");
  const rowOf = rowsIn(money);

  const change = (wanted) => {
    Object.assign(state, { page: 0, opened: null }, wanted);
    draw();
  };
  const sortBy = (column) =>
    change({ column, isDescending: state.column === column ? !state.isDescending : !column.startsLow });
  const toggle = (row) => {
    change({ page: state.page, opened: state.opened === row.customer_id ? null : row.customer_id });
    body.querySelector(`[data-row="${row.rank}"]`).focus(); // the row was drawn anew
  };

  function draw() {
    const shown = sorted(
      rows.filter((row) => matches(row, state)),
      state,
    );
    const last = Math.max(Math.ceil(shown.length / ROWS_PER_PAGE) - 1, 0);
    const page = Math.min(state.page, last);
    const visible = shown.slice(page * ROWS_PER_PAGE, (page + 1) * ROWS_PER_PAGE);
    const lines = visible.flatMap((row) => {
      const isOpen = state.opened === row.customer_id;
      return [rowOf(row, isOpen, () => toggle(row)), ...(isOpen ? [detailsOf(row, money)] : [])];
    });
    body.replaceChildren(...(lines.length ? lines : [nothingFound(filters.clear)]));
    headings.forEach((each) => each.mark(state));
    filters.tell(WORDS.count(count(shown.length), count(rows.length)));
    pager.show(page, last);
  }

  const head = html(
    "thead",
    {},
    html(
      "tr",
      {},
      headings.map((each) => each.element),
    ),
  );
  const table = html("table", { class: "ranked" }, head, body);
  const scroll = html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": WORDS.title }, table);
  return {
    element: html("div", { class: "customers" }, filters.element, scroll, pager.element),
    decide(decisions) {
      rows.forEach((row, position) => (row.decision = decisions[position]));
      draw();
    },
    find(id) {
      filters.write({ ...EVERYTHING, search: id });
      change({ ...EVERYTHING, search: id, opened: id });
      filters.element.scrollIntoView({ block: "center" });
    },
  };
}

/** What to search for and to show; `wanted({ search, segment, decision })` at every change. */
function filterBar(segments, wanted) {
  const search = html("input", { type: "search", id: "search", placeholder: WORDS.searchHint, autocomplete: "off" });
  const segment = choice(
    "table-segment",
    segments.map((each) => [each, each]),
  );
  const decision = choice("table-decision", Object.entries(texts.campaign.decisions));
  const told = html("p", { role: "status", class: "quiet count" });
  const labelled = (label, field) => html("div", {}, html("label", { for: field.id }, label), field);
  const read = () => wanted({ search: search.value, segment: segment.value, decision: decision.value });
  const write = (filter) => {
    search.value = filter.search;
    segment.value = filter.segment;
    decision.value = filter.decision;
  };
  search.oninput = segment.onchange = decision.onchange = read;
  return {
    element: html(
      "div",
      { class: "filters" },
      labelled(WORDS.search, search),
      labelled(WORDS.segment, segment),
      labelled(WORDS.decision, decision),
      told,
    ),
    write,
    tell: (text) => (told.textContent = text),
    clear() {
      write(EVERYTHING);
      read();
      search.focus();
    },
  };
}

function choice(id, options) {
  const all = html("option", { value: "" }, WORDS.any);
  return html(
    "select",
    { id },
    all,
    options.map(([value, label]) => html("option", { value }, label)),
  );
}

/** What a customer may be looked for by. */
const namesOf = ({ customer_id: id, name, email }) => [id, name, email].filter(Boolean);

const matches = (row, { search, segment, decision }) =>
  (!search || namesOf(row).some((name) => name.toLowerCase().includes(search.trim().toLowerCase()))) &&
  (!segment || row.customer_segment === segment) &&
  (!decision || row.decision === decision);

function sorted(rows, { column, isDescending }) {
  const sign = isDescending ? -1 : 1;
  const byText = new Intl.Collator("en", { numeric: true });
  const compare = TEXTS.has(column.name) ? byText.compare : (one, other) => one - other;
  return rows.sort((one, other) => sign * compare(column.of(one), column.of(other)) || one.rank - other.rank);
}

/** Buttons for the page before and after; at an end they stay where they are, and so does the focus. */
function pagerFor(go) {
  let [page, last] = [0, 0];
  const step = (label, arrow, by) => {
    const button = html("button", { type: "button", class: "plain", "aria-label": label }, arrow);
    button.onclick = () => page + by >= 0 && page + by <= last && go(page + by);
    return button;
  };
  const [previous, next] = [step(WORDS.previous, "←", -1), step(WORDS.next, "→", 1)];
  const told = html("span", { class: "figure", role: "status" });
  return {
    element: html("nav", { class: "pages", "aria-label": WORDS.pages }, previous, told, next),
    show(newPage, newLast) {
      [page, last] = [newPage, newLast];
      told.textContent = WORDS.page(count(page + 1), count(last + 1));
      previous.setAttribute("aria-disabled", String(page === 0));
      next.setAttribute("aria-disabled", String(page === last));
    },
  };
}

function nothingFound(clear) {
  const again = html("button", { type: "button", onclick: clear }, WORDS.clear);
  return html("tr", {}, html("td", { colspan: COLUMNS.length, class: "none" }, html("p", {}, WORDS.none), again));
}
