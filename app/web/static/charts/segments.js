/** Expected revenue by kind of customer, as bars that carry their own labels. */

import { html, svg } from "../elements.js";
import { count, expected, percent } from "../numbers.js";
import { texts } from "../texts.js";
import { frame, numbersBehind, paper, text } from "./frame.js";
import { linear } from "./scales.js";

const ROW = 56;

/** Chart and table of the answer's `segments`. */
export function segmentsChart(segments, total, money) {
  const said = segments.map((each) => `${each.customer_segment} ${money.whole(each.expected_revenue_30d)}`).join(", ");
  const drawn = frame(texts.segments.chart(said), (width) => draw(segments, total, money, width));
  const rows = segments.map((each) => [
    each.customer_segment,
    count(each.customers),
    expected(each.expected_buyers_30d),
    money.whole(each.expected_revenue_30d),
  ]);
  return html("div", {}, drawn.element, numbersBehind(texts.segments.columns.slice(0, 4), rows));
}

function draw(segments, total, money, width) {
  const most = Math.max(...segments.map((each) => each.expected_revenue_30d), 1e-9);
  const length = linear([0, most], [0, width]);
  return paper(
    width,
    segments.length * ROW,
    segments.map((each, position) => {
      const y = position * ROW;
      const share = total > 0 ? ` · ${percent(each.expected_revenue_30d / total)}` : "";
      return svg(
        "g",
        {},
        text(0, y + 16, each.customer_segment, "strong"),
        text(width, y + 16, `${money.whole(each.expected_revenue_30d)}${share}`, "figure strong", "end"),
        svg("rect", { x: 0, y: y + 23, width, height: 8, rx: 4, class: "track" }),
        svg("rect", {
          x: 0,
          y: y + 23,
          width: Math.max(length(each.expected_revenue_30d), each.customers ? 3 : 0),
          height: 8,
          rx: 4,
          class: `fill ${segmentClass(each.customer_segment)}`,
        }),
        text(0, y + 46, texts.segments.row(count(each.customers), expected(each.expected_buyers_30d)), "quiet"),
      );
    }),
  );
}

/** The CSS class that gives a segment its colour. */
export const segmentClass = (segment) => `segment-${segment.toLowerCase().replaceAll(" ", "-")}`;
