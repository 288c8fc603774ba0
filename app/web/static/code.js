/** What a developer wants of an answer: the curl that asks for it, and the JSON that came. */

import { GLYPHS, glyph, html } from "./elements.js";
import { givenKey } from "./keyring.js";
import { texts } from "./texts.js";

const COPIED_SECONDS = 2;

/** Both, folded away until asked for. */
export function codeOf(request, answer) {
  return html(
    "details",
    { class: "code" },
    html("summary", {}, texts.answer.code),
    block(texts.answer.curl, curlOf(request, location.origin, Boolean(givenKey()))),
    block(texts.answer.json, JSON.stringify(answer, null, 2)),
  );
}

/** The command that asks the same; the key, where one is needed, stays out of it. */
export function curlOf(request, origin, needsKey) {
  const body = JSON.stringify(request).replaceAll("'", `'\\''`); // the shell's way to have a quote within quotes
  const parts = [
    `curl -s ${origin}/predict_customer_value`,
    "-H 'Content-Type: application/json'",
    ...(needsKey ? ['-H "X-API-Key: $API_KEY"'] : []),
    `-d '${body}'`,
  ];
  return parts.join(" \\\n  ");
}

function block(title, content) {
  const done = html("span", { role: "status", class: "help" });
  const copy = async () => {
    await writeToClipboard(content);
    done.textContent = texts.copy.done;
    setTimeout(() => (done.textContent = ""), COPIED_SECONDS * 1000);
  };
  return html(
    "section",
    {},
    html(
      "div",
      { class: "row between" },
      html("h4", {}, title),
      html(
        "span",
        { class: "row" },
        done,
        html(
          "button",
          { type: "button", class: "plain small", onclick: copy, "aria-label": texts.copy.button(title) },
          glyph(GLYPHS.copy),
          texts.copy.button(title),
        ),
      ),
    ),
    html("pre", { tabindex: "0", role: "region", "aria-label": title }, html("code", {}, content)),
  );
}

/** Browsers offer the clipboard on secure pages alone; a selection that is copied works everywhere else. */
async function writeToClipboard(content) {
  if (navigator.clipboard) return navigator.clipboard.writeText(content);
  const area = html("textarea", { class: "offscreen", "aria-hidden": "true" }, content);
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
