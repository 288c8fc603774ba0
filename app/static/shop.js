/** The second door: a whole shop, from an order file to its ranked list. */

import { dropzone, guardPage } from "./dropzone.js";
import { byId, html } from "./elements.js";
import { bytes } from "./numbers.js";
import { progressIn } from "./progress.js";
import { showResults } from "./results.js";
import { Cancelled, ask } from "./service.js";
import { texts } from "./texts.js";

const WORDS = texts.shop;

/** Open the door; `enter` shows the view. */
export function startShop(about, notices, enter) {
  const options = optionFields();
  let asking = null;

  const start = byId("shop-start");
  const results = byId("shop-results");
  const begin = () => {
    results.replaceChildren();
    notices.clear();
    start.hidden = byId("shop-lead").hidden = false;
    byId("shop-title").focus();
  };

  const taken = (files) => {
    enter();
    notices.clear();
    const [file] = files;
    if (files.length > 1) return notices.refused(WORDS.tooMany);
    if (file.size === 0) return notices.refused(WORDS.empty);
    if (file.size > about.max_upload_bytes)
      return notices.refused(WORDS.tooLarge, bytes(file.size), bytes(about.max_upload_bytes));
    rank(async () => file, file.name);
  };
  const sample = () => {
    enter();
    rank(fetchSample, WORDS.sampleName);
  };

  /** Fetch or take the file, send it, and show what comes back. */
  async function rank(file, name) {
    asking?.abort();
    const current = (asking = new AbortController());
    const cancel = () => current.abort();
    const tell = (state) => notices.waiting(state, cancel);
    notices.clear();
    results.replaceChildren();
    start.hidden = true;
    const progress = progressIn(byId("shop-progress"), name, cancel);
    try {
      progress.fetching();
      const orders = await file(current.signal, tell);
      const list = await ranked(orders, options.query(), current.signal, progress, tell);
      progress.end();
      byId("shop-lead").hidden = true;
      showResults(results, {
        list,
        about,
        name,
        again: begin,
        from: (asOf) => (options.setAsOf(asOf), rank(async () => orders, name)),
      });
    } catch (error) {
      if (asking !== current) return;
      progress.end();
      start.hidden = byId("shop-lead").hidden = false;
      if (error instanceof Cancelled) notices.note(WORDS.cancelled);
      else notices.failed(error, { again: () => rank(file, name), advice: { 422: texts.problems.file422 } });
    }
  }

  guardPage();
  start.replaceChildren(dropzone({ taken, sample }), options.element, needs());
  byId("home-drop").replaceChildren(dropzone({ taken, sample }));
}

async function fetchSample(signal, tell) {
  const answer = await ask({ path: "/sample_orders.csv", signal }, tell);
  return new File([answer.text], "sample_orders.csv", { type: "text/csv" });
}

async function ranked(file, query, signal, progress, tell) {
  const body = new FormData();
  body.append("file", file);
  const answer = await ask(
    {
      method: "POST",
      path: `/rank_customers?${query}`,
      body,
      signal,
      onUpload: (sent, total) => progress.sending(sent, total),
    },
    tell,
  );
  return JSON.parse(answer.text);
}

/** The options of a file: the day the forecast begins, and the names of unusual columns. */
function optionFields() {
  const asOf = html("input", { id: "as-of", type: "date", "aria-describedby": "as-of-help" });
  const columns = html("input", {
    id: "columns",
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    "aria-describedby": "columns-help",
  });
  return {
    element: html(
      "details",
      { class: "options" },
      html("summary", {}, WORDS.options),
      html(
        "div",
        { class: "fields" },
        html(
          "div",
          { class: "field" },
          html("label", { for: "as-of" }, WORDS.asOf),
          asOf,
          html("p", { class: "help", id: "as-of-help" }, WORDS.asOfHelp),
        ),
        html(
          "div",
          { class: "field" },
          html("label", { for: "columns" }, WORDS.columns),
          columns,
          html("p", { class: "help", id: "columns-help" }, WORDS.columnsHelp),
        ),
      ),
    ),
    setAsOf: (date) => (asOf.value = date),
    query() {
      const named = { as_of: asOf.value, columns: columns.value.replaceAll(/\s*([,=])\s*/g, "$1").trim() };
      return new URLSearchParams(Object.entries(named).filter(([, value]) => value));
    },
  };
}

const needs = () =>
  html(
    "section",
    { class: "needs" },
    html("h2", {}, WORDS.needsTitle),
    html(
      "dl",
      {},
      WORDS.needs.map(([what, why]) => html("div", {}, html("dt", {}, what), html("dd", {}, why))),
    ),
    html("p", { class: "help" }, WORDS.privacy),
  );
