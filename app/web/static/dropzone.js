/** Where an order file is dropped or chosen. */

import { GLYPHS, glyph, html } from "./elements.js";
import { texts } from "./texts.js";

const WORDS = texts.shop;
let made = 0;

/** A zone that takes one file or the sample; `taken(files)` and `sample()` are told. */
export function dropzone({ taken, sample }) {
  made += 1;
  const id = `order-file-${made}`;
  const input = html("input", {
    type: "file",
    id,
    class: "offscreen",
    accept: ".csv,.tsv,.txt,.gz,.zst,.parquet,.xlsx",
  });
  const zone = html(
    "div",
    { class: "drop" },
    input,
    html("label", { for: id }, glyph(GLYPHS.upload), html("b", {}, WORDS.drop), html("span", {}, WORDS.dropTypes)),
  );
  input.onchange = () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    if (files.length) taken(files);
  };
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) taken([...event.dataTransfer.files]);
  });
  return html(
    "div",
    { class: "taking" },
    zone,
    html(
      "div",
      { class: "sample" },
      html("button", { type: "button", class: "primary", onclick: sample }, WORDS.sample),
      html("span", { class: "help" }, WORDS.sampleHint),
    ),
  );
}

/** A file dropped beside the zone must not replace the page. */
export function guardPage() {
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
}
