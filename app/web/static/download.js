/** The campaign as a file, in the columns that a marketing tool wants. */

import { campaignRows, csvOf, isAddress, isAudience } from "./campaign_file.js";
import { GLYPHS, glyph, html } from "./elements.js";
import { count } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.download;

/** Format and button for `list`; `current()` gives its decisions, `show(decisions)` says what the file will hold. */
export function downloadBar(list, presets, current) {
  const options = Object.keys(presets).map((name) => html("option", { value: name }, WORDS.presets[name] ?? name));
  const select = html("select", { id: "preset" }, options);
  const hint = html("span", { class: "help" });
  const done = html("span", { class: "offscreen", role: "status" });
  const hasAddresses = list.customers.some((customer) => isAddress(customer.customer_id));

  const show = (decisions) => {
    const wantsAddresses = presets[select.value].some(([, field]) => field === "email");
    hint.textContent = contentOf(select.value, decisions);
    if (wantsAddresses && !hasAddresses) hint.append(`. ${WORDS.noAddresses}`);
  };
  const save = () => {
    const name = `campaign-${list.as_of.slice(0, 10)}${isAudience(select.value) ? `-${select.value}` : ""}.csv`;
    offer(name, csvOf(presets[select.value], campaignRows(list, current(), select.value)));
    done.textContent = WORDS.done(name);
  };
  select.onchange = () => show(current());
  const button = html(
    "button",
    { type: "button", class: "primary", onclick: save },
    glyph(GLYPHS.download),
    WORDS.button,
  );
  const chosen = html("div", { class: "row" }, html("label", { for: "preset" }, WORDS.preset), select, button);
  return { element: html("div", { class: "download" }, chosen, hint, done), show };
}

function contentOf(preset, decisions) {
  const isIn = isAudience(preset) ? (decision) => decision === "treat" : (decision) => decision !== null;
  const rows = count(decisions.filter(isIn).length);
  return isAudience(preset) ? WORDS.audienceHint(rows) : WORDS.plainHint(rows);
}

function offer(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  html("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
