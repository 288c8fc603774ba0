/** A chart as wide as its place: drawn anew when that changes, so that type keeps its size on every screen. */

import { html, svg } from "../elements.js";
import { texts } from "../texts.js";

/** A host whose `draw(width)` gives the SVG; `redraw(label)` after the numbers changed. */
export function frame(label, draw) {
  const host = html("div", { class: "chart", role: "img", "aria-label": label });
  let width = 0;
  const redraw = (newLabel) => {
    if (newLabel) host.setAttribute("aria-label", newLabel);
    if (width) host.replaceChildren(draw(width));
  };
  new ResizeObserver(([entry]) => {
    const measured = Math.floor(entry.contentRect.width);
    if (!measured || measured === width) return;
    width = measured;
    redraw();
  }).observe(host);
  return { element: host, redraw };
}

/** An empty drawing. */
export const paper = (width, height, ...children) =>
  svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true", focusable: "false" }, children);

export const text = (x, y, content, className, anchor = "start") =>
  svg("text", { x, y, class: className, "text-anchor": anchor }, content);

export const line = (x1, y1, x2, y2, className) => svg("line", { x1, y1, x2, y2, class: className });

/** The numbers behind a chart, for those who rather read than look. */
export function numbersBehind(columns, rows) {
  return html(
    "details",
    { class: "behind" },
    html("summary", {}, texts.answer.table),
    html(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": texts.answer.table },
      html(
        "table",
        {},
        html(
          "thead",
          {},
          html(
            "tr",
            {},
            columns.map((name) => html("th", { scope: "col" }, name)),
          ),
        ),
        html(
          "tbody",
          {},
          rows.map(([head, ...cells]) =>
            html(
              "tr",
              {},
              html("th", { scope: "row" }, head),
              cells.map((cell) => html("td", {}, cell)),
            ),
          ),
        ),
      ),
    ),
  );
}
