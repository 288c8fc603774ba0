/** The second door: a whole shop, from an order file to its ranked list. */

import { PROBED_COST } from "./campaign.js";
import { dropzone, guardPage } from "./dropzone.js";
import { byId, html } from "./elements.js";
import { optionFields } from "./file_options.js";
import { bytes } from "./numbers.js";
import { progressIn } from "./progress.js";
import { showResults } from "./results.js";
import { Cancelled, ask, awaken } from "./service.js";
import { texts } from "./texts.js";

const WORDS = texts.shop;
const ADVICE = { 422: texts.problems.file422 };

/** Open the door; `enter` shows the view. */
export function startShop(about, notices, enter) {
  const options = optionFields();
  const [start, lead, results] = [byId("shop-start"), byId("shop-lead"), byId("shop-results")];
  let asking = null;

  const begin = () => {
    results.replaceChildren();
    notices.clear();
    start.hidden = lead.hidden = false;
  };

  const taken = (files) => {
    enter();
    notices.clear();
    const refused = refusal(files, about.max_upload_bytes);
    if (refused) notices.refused(...refused);
    else rank(files[0].name, async () => files[0]);
  };
  const sample = () => {
    enter();
    rank(WORDS.sampleName, fetchSample);
  };

  /** Take the file from `source`, send it, and show what comes back. */
  async function rank(name, source) {
    asking?.abort();
    const current = (asking = new AbortController());
    const { signal } = current;
    const cancel = () => current.abort();
    const tell = (state) => notices.waiting(state, cancel);
    begin();
    start.hidden = true;
    const progress = progressIn(byId("shop-progress"), name, cancel);
    try {
      await awaken(signal, tell);
      const file = await source({ signal, tell, progress });
      const list = await ranked(file, options.query(), { signal, tell, progress });
      const from = (asOf) => {
        options.setAsOf(asOf);
        rank(name, async () => file);
      };
      const again = () => {
        options.setAsOf("");
        begin();
        byId("shop-title").focus();
      };
      lead.hidden = true;
      showResults(results, { list, about, name, again, from });
    } catch (error) {
      if (asking !== current) return; // another file has taken its place
      begin();
      if (error instanceof Cancelled) notices.note(WORDS.cancelled);
      else notices.failed(error, { again: () => rank(name, source), advice: ADVICE });
      options.blame(error.problem?.errors ?? []);
    } finally {
      progress.end();
    }
  }

  guardPage();
  start.replaceChildren(dropzone({ taken, sample }), options.element, needs());
  byId("home-drop").replaceChildren(dropzone({ taken, sample }));
}

/** Why files need not be sent, with the numbers to tell; null where nothing speaks against it. */
function refusal(files, limit) {
  const [file] = files;
  if (files.length > 1) return [WORDS.tooMany];
  if (file.size === 0) return [WORDS.empty];
  return file.size > limit ? [WORDS.tooLarge, bytes(file.size), bytes(limit)] : null;
}

async function fetchSample({ signal, tell, progress }) {
  progress.fetching();
  const answer = await ask({ path: "/sample_orders.csv", signal }, tell);
  return new File([answer.text], "sample_orders.csv", { type: "text/csv" });
}

async function ranked(file, query, { signal, tell, progress }) {
  const body = new FormData();
  body.append("file", file);
  const onUpload = (sent, total) => progress.sending(sent, total);
  const onProgress = (told) => progress.at(told);
  query.set("contact_cost", PROBED_COST);
  const path = `/rank_customers?${query}`;
  const answer = await ask({ method: "POST", path, body, signal, onUpload, onProgress }, tell);
  return JSON.parse(answer.text);
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
