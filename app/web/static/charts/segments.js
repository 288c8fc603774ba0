/** Expected revenue by kind of customer, as bars that carry their own labels. */

import { html, svg } from "../elements.js";
import { count, expected, percent } from "../numbers.js";
import { texts } from "../texts.js";
import { frame, numbersBehind, paper, text } from "./frame.js";
import { linear } from "./scales.js";

const ROW = 56;

/** Chart and table of a list's `segments`: what is expected of each in money, or in buyers where there is no total. */
export function segmentsChart(segments, { expected_revenue_30d: revenue, expected_buyers_30d: buyers }, money) {
  const hasMoney = (revenue ?? null) !== null;
  const [total, words] = hasMoney ? [revenue, texts.segments] : [buyers, texts.segments.ofBuyers];
  const bars = segments.map((each) => {
    const amount = hasMoney ? each.expected_revenue_30d : each.expected_buyers_30d;
    return { ...each, amount, said: hasMoney ? money.whole(amount) : words.buyers(expected(amount)) };
  });
  const said = bars.map((each) => `${each.customer_segment} ${each.said}`).join(", ");
  const drawn = frame(words.chart(said), (width) => draw(bars, total, width));
  const rows = bars.map((each) => [
    each.customer_segment,
    count(each.customers),
    expected(each.expected_buyers_30d),
    ...(hasMoney ? [each.said] : []),
  ]);
  return html("div", {}, drawn.element, numbersBehind(texts.segments.columns.slice(0, hasMoney ? 4 : 3), rows));
}

function draw(bars, total, width) {
  const length = linear([0, Math.max(...bars.map((each) => each.amount), 1e-9)], [0, width]);
  return paper(
    width,
    bars.length * ROW,
    bars.map((each, position) => {
      const y = position * ROW;
      const share = total > 0 ? ` · ${percent(each.amount / total)}` : "";
      return svg(
        "g",
        {},
        text(0, y + 16, each.customer_segment, "strong"),
        text(width, y + 16, `${each.said}${share}`, "figure strong", "end"),
        svg("rect", { x: 0, y: y + 23, width, height: 8, rx: 4, class: "track" }),
        svg("rect", {
          x: 0,
          y: y + 23,
          width: Math.max(length(each.amount), each.customers ? 3 : 0),
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
