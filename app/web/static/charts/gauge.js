/** A probability as a half circle. */

import { html, svg } from "../elements.js";
import { percent } from "../numbers.js";
import { texts } from "../texts.js";
import { paper, text } from "./frame.js";

const [WIDTH, HEIGHT, RADIUS, MIDDLE, BASE] = [184, 104, 78, 92, 94];

export function gauge(probability) {
  const said = percent(probability);
  return html(
    "div",
    { class: "chart gauge", role: "img", "aria-label": texts.answer.gauge(said) },
    paper(
      WIDTH,
      HEIGHT,
      arc(1, "arc track"),
      arc(probability, "arc value"),
      text(MIDDLE, BASE - 6, said, "figure big", "middle"),
    ),
  );
}

function arc(share, className) {
  const angle = Math.PI * (1 - share);
  const end = `${(MIDDLE + RADIUS * Math.cos(angle)).toFixed(2)} ${(BASE - RADIUS * Math.sin(angle)).toFixed(2)}`;
  return svg("path", { d: `M${MIDDLE - RADIUS} ${BASE}A${RADIUS} ${RADIUS} 0 0 1 ${end}`, class: className });
}
