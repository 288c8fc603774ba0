/** The track record: for each of the last months the range that was told, the forecast in it, and what it came to. */

import { html, svg } from "../elements.js";
import { day, dayAndMonth } from "../numbers.js";
import { texts } from "../texts.js";
import { frame, line, numbersBehind, paper, text } from "./frame.js";
import { linear, roundTicks } from "./scales.js";

const WORDS = texts.record;
const HEIGHT = 188;
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 8, 10, 26];
const WIDEST_BAR = 34;
const NARROWEST_LABEL = 46; // pixels that "10 Nov" wants

/** Chart, legend and table of past forecasts, oldest first. */
export function recordChart(windows, money) {
  const rows = windows.map((each) => [
    day(each.as_of),
    money.whole(each.forecast),
    isRanged(each) ? WORDS.range(money.whole(each.low), money.whole(each.high)) : WORDS.noRange,
    money.whole(each.realised),
  ]);
  const said = rows.map(([from, forecast, , realised]) => WORDS.row(from, forecast, realised));
  const drawn = frame(WORDS.chart(said.join("; ")), (width) => draw(windows, money, width));
  return html("div", { class: "record" }, drawn.element, legend(), numbersBehind(WORDS.columns, rows));
}

const isRanged = ({ low, high }) => (low ?? null) !== null && (high ?? null) !== null;

function draw(windows, money, width) {
  const most = Math.max(...windows.flatMap(({ high, forecast, realised }) => [high ?? 0, forecast, realised]), 1e-9);
  const y = linear([0, most * 1.05], [HEIGHT - BOTTOM, TOP]);
  const room = (width - LEFT - RIGHT) / windows.length;
  const every = Math.ceil(NARROWEST_LABEL / room);
  return paper(
    width,
    HEIGHT,
    roundTicks(most, 3).map((amount) => [
      line(LEFT, y(amount), width - RIGHT, y(amount), "grid"),
      text(LEFT - 8, y(amount) + 4, money.short(amount), "figure quiet", "end"),
    ]),
    windows.map((each, position) => {
      const middle = LEFT + room * (position + 0.5);
      const isLabelled = (windows.length - 1 - position) % every === 0;
      return svg(
        "g",
        {},
        column(each, middle, Math.min(room * 0.55, WIDEST_BAR), y),
        isLabelled && text(middle, HEIGHT - 6, dayAndMonth(each.as_of), "figure quiet", "middle"),
      );
    }),
  );
}

function column({ low, high, forecast, realised }, middle, wide, y) {
  const [left, right] = [middle - wide / 2, middle + wide / 2];
  const range = { x: left, y: y(high), width: wide, height: Math.max(y(low) - y(high), 3), rx: 4, class: "band" };
  return [
    isRanged({ low, high }) && svg("rect", range),
    line(left - 3, y(forecast), right + 3, y(forecast), "tick"),
    svg("circle", { cx: middle, cy: y(realised), r: 5.5, class: "came" }),
  ];
}

function legend() {
  const sign = (shape) => svg("svg", { viewBox: "0 0 18 14", width: 18, height: 14, "aria-hidden": "true" }, shape);
  const entry = (shape, name) => html("li", {}, sign(shape), name);
  return html(
    "ul",
    { class: "legend chart" },
    entry(svg("rect", { x: 2, y: 1, width: 14, height: 12, rx: 3, class: "band" }), WORDS.legend.range),
    entry(line(1, 7, 17, 7, "tick"), WORDS.legend.forecast),
    entry(svg("circle", { cx: 9, cy: 7, r: 5, class: "came" }), WORDS.legend.realised),
  );
}
