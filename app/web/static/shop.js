/** The second door: a whole shop, from an order file to its ranked list. */

import { PROBED_COST } from "./campaign.js";
import { dropzone, guardPage } from "./dropzone.js";
import { byId, html } from "./elements.js";
import { optionFields } from "./file_options.js";
import { bytes } from "./numbers.js";
import { progressIn } from "./progress.js";
import { READING, askHowToRead, inPlainWords } from "./reading_dialog.js";
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

  /** Take the file from `source`, send it, and show what comes back; `chosen` is how it is to be read. */
  async function rank(name, source, chosen = {}) {
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
      const list = await ranked(file, { ...options.query(), ...chosen }, { signal, tell, progress });
      const from = (asOf) => {
        options.setAsOf(asOf);
        rank(name, async () => file, chosen);
      };
      const { file: beginning, columns, findings } = list.cleaning;
      const reread = async (blamed) => {
        const words = findings.find(({ option }) => option && option === blamed)?.words;
        const message = words && inPlainWords(words);
        const picked = await askHowToRead({ file: beginning, found: columns, findings, chosen, blamed, message });
        if (picked) rank(name, async () => file, picked);
      };
      const again = () => {
        options.setAsOf("");
        begin();
        byId("shop-title").focus();
      };
      lead.hidden = true;
      showResults(results, { list, about, name, again, from, reread });
    } catch (error) {
      if (asking !== current) return; // another file has taken its place
      begin();
      if (error instanceof Cancelled) notices.note(WORDS.cancelled);
      else failed(error, name, source, chosen);
    } finally {
      progress.end();
    }
  }

  /** Say what is wrong, and ask where a choice of how the file is read would mend it. */
  function failed(error, name, source, chosen) {
    const { problem } = error;
    const [where, option] = problem?.errors?.[0]?.loc ?? [];
    const blamed = where === "query" && READING.includes(option) ? option : undefined;
    const message = inPlainWords(problem?.detail ?? "");
    const choose =
      problem?.columns &&
      (blamed || where !== "query") &&
      (async () => {
        const picked = await askHowToRead({ file: problem, chosen, blamed, message });
        if (picked) rank(name, source, picked);
      });
    notices.failed(error, { again: () => rank(name, source, chosen), advice: ADVICE, choose, inPlainWords });
    if (choose && blamed) choose();
    else options.blame(problem?.errors ?? []);
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
  const path = `/rank_customers?${new URLSearchParams({ ...query, contact_cost: PROBED_COST })}`;
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
