/** The gain curve: which share of the expected revenue the best customers hold, and how far the campaign reaches. */

import { html, svg } from "../elements.js";
import { count, percent } from "../numbers.js";
import { texts } from "../texts.js";
import { frame, line, numbersBehind, paper, text } from "./frame.js";
import { linear, roundTicks } from "./scales.js";

const HEIGHT = 300;
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 14, 16, 44];
const TOPS = [0.05, 0.1, 0.2, 0.5];
const MOST_POINTS = 400;
const NARROW = 340;

/** Cumulative shares of the spends of a ranked list, beginning with 0. */
export function gains(spends) {
  const total = spends.reduce((sum, spend) => sum + spend, 0) || 1;
  let sum = 0;
  return [0, ...spends.map((spend) => (sum += spend) / total)];
}

/**
 * Chart and table; `show(customers, decisions)` draws what is expected of a campaign's customers, best first, and marks
 * how far down it goes: to the first one that is beyond the budget.
 */
export function gainChart() {
  let [shares, reached] = [[0], 0];
  const [table, told] = [html("div"), html("p", { class: "help reach-told" })];
  const drawn = frame("", (width) => draw(shares, reached, width));
  return {
    element: html("div", {}, drawn.element, told, table),
    show(customers, decisions) {
      const isOther = customers.length !== shares.length - 1; // other kinds of customers were chosen
      const spends = customers.map((customer) => customer.predicted_future_spend_30d);
      reached = reachOf(decisions);
      if (isOther) {
        shares = gains(spends);
        table.replaceChildren(tableOf(shares));
      }
      told.textContent = reachTold(decisions.slice(0, reached), shares[reached]);
      drawn.redraw(isOther && texts.gain.chart(spokenRows(shares)));
    },
  };
}

/** How many customers the walk down the list passes before the money or the number is used up. */
export function reachOf(decisions) {
  const beyond = decisions.indexOf("below_budget");
  return beyond < 0 ? decisions.length : beyond;
}

/** Of whom those down to the mark consist, so that the picture agrees with the numbers beside it. */
function reachTold(decisions, share) {
  const number = (wanted) => count(decisions.filter((decision) => decision === wanted).length);
  if (decisions.length === 0) return "";
  return texts.gain.reach(
    count(decisions.length),
    percent(share),
    number("treat"),
    number("control"),
    number("left_alone"),
  );
}

const rowsOf = (shares) =>
  TOPS.map((top) => [top, Math.round(top * (shares.length - 1))]).filter(([, number]) => number > 0);

const spokenRows = (shares) =>
  rowsOf(shares)
    .map(([top, number]) => texts.gain.row(percent(top), percent(shares[number])))
    .join(" ");

function tableOf(shares) {
  const rows = rowsOf(shares).map(([top, number]) => [percent(top), count(number), percent(shares[number])]);
  return numbersBehind(texts.gain.columns, rows);
}

function draw(shares, reached, width) {
  const most = shares.length - 1;
  const x = linear([0, Math.max(most, 1)], [LEFT, width - RIGHT]);
  const y = linear([0, 1], [HEIGHT - BOTTOM, TOP]);
  const every = Math.max(1, Math.floor(most / MOST_POINTS));
  const points = shares.map((_, number) => number).filter((number) => number % every === 0 || number === most);
  const path = points.map((number) => `${x(number).toFixed(1)} ${y(shares[number]).toFixed(1)}`).join("L");
  return paper(
    width,
    HEIGHT,
    [0, 0.25, 0.5, 0.75, 1].map((share) => [
      line(LEFT, y(share), width - RIGHT, y(share), "grid"),
      text(LEFT - 8, y(share) + 4, percent(share), "figure quiet", "end"),
    ]),
    roundTicks(most)
      .filter(Number.isInteger)
      .map((number) => text(x(number), HEIGHT - BOTTOM + 20, count(number), "figure quiet", "middle")),
    text((LEFT + width - RIGHT) / 2, HEIGHT - 4, texts.gain.x, "quiet", "middle"),
    line(x(0), y(0), x(most), y(1), "reference"),
    text(x(most * 0.58), y(0.58) + 20, texts.gain.chance, "quiet", "start"),
    svg("path", { d: `M${path}L${x(most)} ${y(0)}L${x(0)} ${y(0)}Z`, class: "area" }),
    svg("path", { d: `M${path}`, class: "curve" }),
    reached > 0 && mark(x(reached), y(shares[reached]), y(0), width, labelOf(reached, shares[reached], width)),
  );
}

const labelOf = (reached, share, width) =>
  (width < NARROW ? texts.gain.shortPoint : texts.gain.point)(count(reached), percent(share));

function mark(x, y, bottom, width, label) {
  const isLeft = x < width * 0.7;
  return svg(
    "g",
    { class: "mark" },
    line(x, bottom, x, y, "reach"),
    svg("circle", { cx: x, cy: y, r: 6 }),
    text(isLeft ? x + 10 : x - 10, y + 26, label, "strong halo", isLeft ? "start" : "end"),
  );
}
