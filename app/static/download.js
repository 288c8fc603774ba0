/** The campaign as a file, in the columns that a marketing tool wants. */

import { campaignRows, csvOf, isAudience } from "./campaign_file.js";
import { GLYPHS, glyph, html } from "./elements.js";
import { count } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.download;

/** Format and button for `list`; `decisions()` gives the current ones. `update` after they changed. */
export function downloadBar(list, presets, decisions) {
  const names = Object.keys(presets);
  const select = html("select", { id: "preset" }, names.map((name) => html("option", { value: name }, WORDS.presets[name] ?? name)));
  const hint = html("span", { class: "help" });
  const done = html("span", { class: "offscreen", role: "status" });
  const update = () => {
    const current = decisions();
    const isOnlyContacts = isAudience(select.value);
    const rows = current.filter((decision) => (isOnlyContacts ? decision === "treat" : decision !== null)).length;
    hint.textContent = (isOnlyContacts ? WORDS.audienceHint : WORDS.plainHint)(count(rows));
  };
  const save = () => {
    const name = `campaign-${list.as_of.slice(0, 10)}${isAudience(select.value) ? `-${select.value}` : ""}.csv`;
    offer(name, csvOf(presets[select.value], campaignRows(list, decisions(), select.value)));
    done.textContent = WORDS.done(name);
  };
  select.onchange = update;
  return {
    element: html(
      "div",
      { class: "download" },
      html("div", { class: "row" }, html("label", { for: "preset" }, WORDS.preset), select, html("button", { type: "button", class: "primary", onclick: save }, glyph(GLYPHS.download), WORDS.button)),
      hint,
      done,
    ),
    update,
  };
}

function offer(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  html("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
