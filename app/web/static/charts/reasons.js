/** What moved a forecast: signed steps from a typical customer's forecast to this one's. */

import { html, svg } from "../elements.js";
import { decimal } from "../numbers.js";
import { texts } from "../texts.js";
import { frame, line, numbersBehind, paper, text } from "./frame.js";
import { linear } from "./scales.js";

const WIDE = 460;

/** Chart and table of { base, amounts }; `money` has the forms of an amount. */
export function reasonsChart({ base, amounts }, spend, money) {
  const steps = stepsOf(base, amounts, spend, money);
  const said = steps.map((step) => `${step.name} ${step.said}`).join(", ");
  const drawn = frame(`${texts.answer.reasons}: ${said}`, (width) => draw(steps, width));
  const rows = steps.map((step) => [step.name, step.value ?? "", step.said]);
  const columns = [texts.answer.tableFactor, texts.answer.tableValue, texts.answer.tableAmount];
  return html("div", {}, drawn.element, numbersBehind(columns, rows));
}

function stepsOf(base, amounts, spend, money) {
  let total = base;
  const between = amounts.map(({ feature, amount, value }) => {
    const from = total;
    total += amount;
    const name = texts.fields[feature]?.label ?? feature.replaceAll("_", " ");
    return {
      name,
      from,
      to: total,
      kind: amount < 0 ? "down" : "up",
      said: money.signed(amount),
      value: value === null ? null : decimal(value),
    };
  });
  return [
    { name: texts.answer.base, from: 0, to: base, kind: "sum", said: money.money(base) },
    ...between,
    { name: texts.answer.sum, from: 0, to: spend, kind: "sum", said: money.money(spend) },
  ];
}

function draw(steps, width) {
  const isWide = width >= WIDE;
  const [row, bar, labels, amounts] = isWide ? [30, 14, 218, 84] : [46, 12, 0, 0];
  const ends = steps.flatMap((step) => [step.from, step.to]);
  const place = linear([Math.min(0, ...ends), Math.max(...ends, 1e-9)], [labels + 2, width - amounts - 2]);
  return paper(
    width,
    steps.length * row,
    isWide && line(place(0), 0, place(0), steps.length * row, "zero"),
    steps.map((step, position) => {
      const y = position * row;
      const barY = isWide ? y + (row - bar) / 2 : y + 24;
      const [left, right] = [step.from, step.to].map(place).sort((one, other) => one - other);
      const baseline = isWide ? y + row / 2 + 4.5 : y + 16;
      return svg(
        "g",
        {},
        text(0, baseline, step.name, step.kind === "sum" ? "strong" : "", "start"),
        step.value && isWide && text(labels - 12, baseline, step.value, "figure quiet", "end"),
        svg("rect", {
          x: left,
          y: barY,
          width: Math.max(right - left, 2),
          height: bar,
          rx: 3,
          class: `step ${step.kind}`,
        }),
        isWide && position < steps.length - 1 && line(place(step.to), barY, place(step.to), barY + row + bar, "link"),
        text(width, baseline, step.said, `figure ${step.kind === "sum" ? "strong" : ""}`, "end"),
      );
    }),
  );
}
