/** The list of a whole shop: totals, campaign, pictures and table, and the one place where a control moves them all. */

import { warningList } from "./answer.js";
import { decide, groupsOf } from "./campaign.js";
import { gainChart } from "./charts/gain.js";
import { mapChart } from "./charts/map.js";
import { segmentsChart } from "./charts/segments.js";
import { cleaningReport, graveFindings, isGrave } from "./cleaning.js";
import { powerOf } from "./control_group.js";
import { controls } from "./controls.js";
import { decisionTiles } from "./decisions.js";
import { downloadBar } from "./download.js";
import { html } from "./elements.js";
import { fittingTold } from "./fitting.js";
import { count, day, moneyIn } from "./numbers.js";
import { cautionOn } from "./record.js";
import { customerTable } from "./table.js";
import { texts } from "./texts.js";
import { hasTotal, totalTiles } from "./totals.js";

const WORDS = texts.results;

/** Show `list` in `host`; `again()` goes back to the start, `from(date)` asks for another day, `reread(option)` how to read. */
export function showResults(host, { list, about, name, again, from, reread }) {
  const { customers, segments, totals } = list;
  const money = moneyIn(list.currency);
  const thresholds = list.segment_thresholds ?? about.thresholds;
  const picture = { segments: about.segments, lapsedAfterDays: thresholds.lapsed_after_days, money };

  const notes = list.warnings.slice(list.cleaning.findings.filter(isGrave).length); // which stand first, and above
  const tiles = totalTiles(list, money);
  const groups = decisionTiles(money);
  const gain = gainChart();
  const table = customerTable(customers, about.segments, money);
  const panel = controls(customers, about.segments, money, oncePerFrame(redraw));
  const download = downloadBar(list, about.presets, () => panel.campaign);

  function redraw() {
    const decisions = decide(customers, panel.campaign);
    const sums = groupsOf(customers, decisions, panel.campaign, hasTotal(list) ? totals.total_factor : null);
    tiles.show(sums.treat);
    groups.show(sums, panel.campaign, powerOf(customers, decisions, panel.campaign));
    gain.show(
      customers.filter((_, position) => decisions[position] !== null),
      decisions.filter((decision) => decision !== null),
    );
    table.decide(decisions);
    download.show(decisions);
  }

  host.replaceChildren(
    heading(list, name, again, from),
    download.element,
    ...[graveFindings(list.cleaning, reread), cautionOn(list)].filter(Boolean),
    tiles.element,
    card(texts.table, table.element),
    card(
      texts.campaign,
      html("div", { class: "campaign" }, panel.element, html("div", {}, groups.element, gainPart(gain))),
    ),
    html(
      "div",
      { class: "pair" },
      card(
        hasTotal(list) ? texts.segments : texts.segments.ofBuyers,
        segmentsChart(segments, totals, money),
        boundsOf(list, money),
      ),
      card(
        texts.cleaning,
        cleaningReport(list.cleaning, money, reread),
        notes.length > 0 && warningList(WORDS.warnings, notes),
      ),
    ),
    card(texts.map, mapChart(customers, { ...picture, pick: table.find })),
  );
  redraw();
  scrollTo({ top: 0 });
  host.querySelector("h2").focus({ preventScroll: true });
}

/** What the list is of, how its numbers were made, and from which day on. */
function heading(list, name, again, from) {
  const { first_line_at: first, last_line_at: last } = list.cleaning;
  const today = list.as_of.slice(0, 10);
  const asOf = html("input", { type: "date", id: "as-of-again", value: today });
  const anew = html("button", { type: "button", class: "plain", hidden: true }, texts.shop.asOfAgain);
  asOf.oninput = () => (anew.hidden = !asOf.value || asOf.value === today);
  anew.onclick = () => from(asOf.value);
  return html(
    "header",
    { class: "card heading" },
    html(
      "div",
      {},
      html("h2", { tabindex: "-1" }, name),
      html("p", { class: "quiet" }, WORDS.summary(count(list.totals.customers), day(first), day(last))),
    ),
    html(
      "div",
      { class: "row from" },
      html("label", { for: "as-of-again" }, texts.shop.asOf),
      asOf,
      anew,
      html("button", { type: "button", class: "plain", onclick: again }, texts.shop.newFile),
    ),
    fittingTold(list),
  );
}

/** Where one kind of customer ends and the next begins in this shop. */
function boundsOf({ segment_thresholds: bounds }, money) {
  if (!bounds) return null;
  const told = WORDS.bounds(
    count(bounds.lapsed_after_days),
    money.money(bounds.high_expected_spend),
    money.money(bounds.median_expected_spend),
    money.money(bounds.high_order_value),
  );
  return html(
    "details",
    { class: "behind bounds" },
    html("summary", {}, WORDS.boundsTitle),
    html(
      "dl",
      {},
      told.map(([kind, rule]) => html("div", {}, html("dt", {}, kind), html("dd", {}, rule))),
    ),
  );
}

const gainPart = (gain) => [
  html("h3", {}, texts.gain.title),
  html("p", { class: "help" }, texts.gain.lead),
  gain.element,
  html("p", { class: "help" }, texts.gain.note),
];

const card = ({ title, lead }, ...children) =>
  html("section", { class: "card" }, html("h2", {}, title), lead && html("p", { class: "help lead" }, lead), children);

/** A function that runs once per frame, however often it is called. */
function oncePerFrame(run) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      run();
    });
  };
}
