/** A forecast within its range, on a line from zero. */

import { svg } from "../elements.js";
import { texts } from "../texts.js";
import { frame, line, paper, text } from "./frame.js";
import { linear } from "./scales.js";

const HEIGHT = 58;
const TRACK = 22;
const ROOM_FOR_LABEL = 76;

/** A chart of `spend` in { low, high }; `say` writes money. */
export function intervalChart(spend, { low, high }, say) {
  return frame(texts.answer.interval(say(low), say(high), say(spend)), (width) => {
    const place = linear([0, Math.max(high, spend, 1e-9) * 1.12], [1, width - 1]);
    const [from, to, here] = [place(low), place(high), place(spend)];
    const labels =
      to - from > ROOM_FOR_LABEL * 2
        ? [
            text(from, 54, say(low), "figure quiet", low === 0 ? "start" : "middle"),
            text(to, 54, say(high), "figure quiet", "middle"),
          ]
        : [
            text(
              Math.max(from, 0),
              54,
              `${say(low)} – ${say(high)}`,
              "figure quiet",
              from > width * 0.6 ? "end" : "start",
            ),
          ];
    return paper(
      width,
      HEIGHT,
      svg("rect", { x: 0, y: TRACK, width, height: 12, rx: 6, class: "track" }),
      svg("rect", { x: from, y: TRACK, width: Math.max(to - from, 3), height: 12, rx: 6, class: "band" }),
      line(here, TRACK - 5, here, TRACK + 17, "tick"),
      text(here, 12, say(spend), "figure strong", here < 40 ? "start" : here > width - 40 ? "end" : "middle"),
      labels,
    );
  }).element;
}
