/** The shop on a map: recency against frequency, a dot for every customer, coloured by kind. */

import { html, svg } from "../elements.js";
import { count } from "../numbers.js";
import { texts } from "../texts.js";
import { frame, line, numbersBehind, paper, text } from "./frame.js";
import { largest, logTicks, logarithmic, median } from "./scales.js";
import { segmentClass } from "./segments.js";

const HEIGHT = 380;
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 12, 22, 44];
const DAYS = [0, 3, 7, 14, 30, 90, 180, 365, 730, 1460];
const ORDERS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const LETTER = 8; // pixels, about
const REACH = 14; // pixels around the pointer within which a dot is meant

/** Chart and table; `pick(customer_id)` is called for a clicked dot. */
export function mapChart(customers, { segments, lapsedAfterDays, money, pick }) {
  const groups = segments
    .map((segment) => ({ segment, members: customers.filter((each) => each.customer_segment === segment) }))
    .filter((group) => group.members.length > 0)
    .map((group) => ({
      ...group,
      days: median(group.members.map((each) => each.features.recency_days)),
      orders: median(group.members.map((each) => each.features.num_transactions)),
    }));
  const said = groups.map((group) => texts.map.part(group.segment, count(group.days), count(group.orders))).join("; ");
  const tip = html("div", { class: "tip", hidden: true });
  let dots = [];
  const drawn = frame(texts.map.chart(said), (width) => {
    const scales = scalesFor(customers, width);
    dots = customers.map((customer) => ({ customer, ...placeOf(customer, scales) }));
    return draw(groups, dots, scales, lapsedAfterDays, width);
  });
  drawn.element.addEventListener("pointermove", (event) =>
    showTip(tip, nearest(dots, drawn.element, event), money, drawn.element),
  );
  drawn.element.addEventListener("pointerleave", () => (tip.hidden = true));
  drawn.element.addEventListener("click", (event) => {
    const dot = nearest(dots, drawn.element, event);
    if (dot) pick(dot.customer.customer_id);
  });
  const rows = groups.map((group) => [
    group.segment,
    count(group.members.length),
    count(group.days),
    count(group.orders),
  ]);
  return html("div", { class: "map" }, drawn.element, tip, numbersBehind(texts.map.columns, rows));
}

function scalesFor(customers, width) {
  const mostDays = largest(
    customers.map((each) => each.features.recency_days),
    30,
  );
  const mostOrders = largest(
    customers.map((each) => each.features.num_transactions),
    10,
  );
  return {
    mostDays,
    mostOrders,
    x: logarithmic([mostDays * 1.05, 0], [LEFT + 6, width - RIGHT - 8]), // recent is on the right
    y: logarithmic([0.72, mostOrders * 1.15], [HEIGHT - BOTTOM, TOP]),
  };
}

/** Where a customer stands; a small shift by their own draw keeps equal counts apart. */
function placeOf({ features, control_draw }, { x, y }) {
  const [along, across] = [(control_draw * 997) % 1, (control_draw * 9973) % 1];
  return {
    x: x(Math.max(features.recency_days + (along - 0.5) * 0.8, 0)),
    y: y(Math.max(features.num_transactions + (across - 0.5) * 0.5, 0.75)),
  };
}

function draw(groups, dots, { x, y, mostDays, mostOrders }, lapsedAfterDays, width) {
  const bottom = HEIGHT - BOTTOM;
  const isSplit = lapsedAfterDays < mostDays;
  const ticks = logTicks(DAYS, mostDays).filter(
    (_, position, all) => width > 480 || position % 2 === 0 || position === all.length - 1,
  );
  return paper(
    width,
    HEIGHT,
    logTicks(ORDERS, mostOrders).map((value) => [
      line(LEFT, y(value), width - RIGHT, y(value), "grid"),
      text(LEFT - 8, y(value) + 4, count(value), "figure quiet", "end"),
    ]),
    ticks.map((value) => text(x(value), bottom + 20, count(value), "figure quiet", "middle")),
    text((LEFT + width - RIGHT) / 2, HEIGHT - 4, texts.map.x, "quiet", "middle"),
    text(0, 12, texts.map.y, "quiet"),
    isSplit && line(x(lapsedAfterDays), TOP, x(lapsedAfterDays), bottom, "reference"),
    groups.map(({ segment }) =>
      svg("path", {
        d: pathOf(dots.filter(({ customer }) => customer.customer_segment === segment)),
        class: `dots ${segmentClass(segment)} ${dots.length > 2000 ? "many" : ""}`,
      }),
    ),
    isSplit && text(x(lapsedAfterDays) - 6, TOP + 2, texts.map.lapsed(count(lapsedAfterDays)), "quiet halo", "end"),
    groups.map((group) => labelOf(group, dots, { days: lapsedAfterDays, x: x(lapsedAfterDays) }, isSplit)),
  );
}

/** All dots of one kind as one path: six thousand elements of their own would be slow. */
const pathOf = (dots) => dots.map(({ x, y }) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");

/** The name of a kind amid its dots, on its own side of the line between recent and quiet. */
function labelOf({ segment, days }, dots, split, isSplit) {
  const own = dots.filter(({ customer }) => customer.customer_segment === segment);
  const half = (segment.length * LETTER) / 2 + 4;
  const middle = median(own.map((dot) => dot.x));
  const x = !isSplit ? middle : days > split.days ? Math.min(middle, split.x - half) : Math.max(middle, split.x + half);
  const y = median(own.map((dot) => dot.y)) + 4;
  return text(x, y, segment, `strong halo label ${segmentClass(segment)}`, "middle");
}

function nearest(dots, host, event) {
  const frame = host.getBoundingClientRect();
  const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
  let best = null;
  let least = REACH ** 2;
  for (const dot of dots) {
    const distance = (dot.x - x) ** 2 + (dot.y - y) ** 2;
    if (distance < least) [best, least] = [dot, distance];
  }
  return best;
}

function showTip(tip, dot, money, host) {
  tip.hidden = !dot;
  host.classList.toggle("pointing", Boolean(dot));
  if (!dot) return;
  const { customer, x, y } = dot;
  const { num_transactions, recency_days } = customer.features;
  const lines = texts.map.dot(
    customer.customer_id,
    customer.customer_segment,
    count(num_transactions),
    count(recency_days),
    money.money(customer.predicted_future_spend_30d),
  );
  tip.replaceChildren(...lines.map((each, position) => html(position ? "span" : "b", {}, each)));
  const isRight = x > host.clientWidth / 2;
  tip.style.translate = `${isRight ? x - 12 : x + 12}px ${y + 8}px`;
  tip.classList.toggle("left", isRight);
}
