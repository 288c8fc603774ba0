/** The campaign as a file, in the columns that a marketing tool wants: one slim bar, in reach while the list is read. */

import { decide } from "./campaign.js";
import { campaignRows, csvOf, emailOf, isAudience } from "./campaign_file.js";
import { GLYPHS, glyph, html } from "./elements.js";
import { count } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.download;
const BYTE_ORDER_MARK = "\ufeff"; // without it a spreadsheet takes UTF-8 for something else

/** Format and button for `list`; `current()` gives its campaign, `show(decisions)` says what the file will hold. */
export function downloadBar(list, presets, current) {
  const options = Object.keys(presets).map((name) => html("option", { value: name }, WORDS.presets[name] ?? name));
  const select = html("select", { id: "preset" }, options);
  const hint = html("p", { class: "help" });
  const done = html("span", { class: "offscreen", role: "status" });
  const hasAddresses = list.customers.some((customer) => emailOf(customer));

  const show = (decisions) => {
    const wantsAddresses = presets[select.value].some(([, field]) => field === "email");
    const told = [contentOf(select.value, decisions), wantsAddresses && !hasAddresses && WORDS.noAddresses];
    hint.textContent = hint.title = told.filter(Boolean).join(". ");
  };
  const save = () => {
    const name = `campaign-${list.as_of.slice(0, 10)}${isAudience(select.value) ? `-${select.value}` : ""}.csv`;
    const rows = campaignRows(list, current(), select.value);
    offer(name, BYTE_ORDER_MARK + csvOf(presets[select.value], rows));
    done.textContent = WORDS.done(name);
  };
  select.onchange = () => show(decide(list.customers, current()));
  const button = html(
    "button",
    { type: "button", class: "primary", onclick: save, "aria-label": WORDS.button },
    glyph(GLYPHS.download),
    html("span", { "aria-hidden": "true" }, WORDS.short),
  );
  const chosen = html("div", { class: "row" }, html("label", { for: "preset" }, WORDS.preset), select, button);
  return { element: html("div", { class: "card bar" }, hint, chosen, done), show };
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
