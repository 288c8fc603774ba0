/** The list of a whole shop: totals, campaign, pictures and table, and one place where a control moves them all. */

import { decide, groupsOf } from "./campaign.js";
import { gainChart } from "./charts/gain.js";
import { mapChart } from "./charts/map.js";
import { segmentsChart } from "./charts/segments.js";
import { intervalChart } from "./charts/interval.js";
import { warningList } from "./answer.js";
import { cleaningReport } from "./cleaning.js";
import { controls } from "./controls.js";
import { downloadBar } from "./download.js";
import { html } from "./elements.js";
import { count, day, moneyIn, percent } from "./numbers.js";
import { customerTable } from "./table.js";
import { texts } from "./texts.js";

const WORDS = texts.results;

/** Show `list` in `host`; `again()` goes back to the start, `from(date)` asks for another day. */
export function showResults(host, { list, about, name, again, from }) {
  const money = moneyIn(list.currency);
  const total = list.totals.expected_revenue_30d;
  let decisions = list.customers.map(() => "treat");

  const download = downloadBar(list, about.presets, () => decisions);
  const table = customerTable(list.customers, about.segments, money);
  const gain = gainChart(list.customers);
  const tiles = totalTiles(list, money);
  const groups = decisionTiles(money);
  const redraw = oncePerFrame((campaign) => {
    decisions = decide(list.customers, campaign);
    const sums = groupsOf(list.customers, decisions, campaign);
    groups.show(sums, campaign);
    tiles.show(sums.treat, total);
    gain.reach(decisions.lastIndexOf("treat") + 1);
    table.decide(decisions);
    download.update();
  });
  const panel = controls(list.customers, about.segments, money, redraw);

  host.replaceChildren(
    toolbar(list, name, download.element, again, from),
    tiles.element,
    card(texts.campaign.title, texts.campaign.lead, html("div", { class: "campaign" }, panel.element, html("div", {}, groups.element, html("h3", {}, texts.gain.title), html("p", { class: "help" }, texts.gain.lead), gain.element, html("p", { class: "help" }, texts.gain.note)))),
    html(
      "div",
      { class: "pair" },
      card(texts.segments.title, texts.segments.lead, segmentsChart(list.segments, total, money)),
      card(texts.cleaning.title, null, cleaningReport(list.cleaning, money), list.warnings.length > 0 && warningList(WORDS.warnings, list.warnings)),
    ),
    card(texts.map.title, `${texts.map.lead} ${texts.map.pick}`, mapChart(list.customers, { segments: about.segments, lapsedAfterDays: about.thresholds.lapsed_after_days, money, pick: table.find })),
    card(texts.table.title, null, table.element),
    html("p", { class: "help" }, WORDS.model(list.ranking_model, list.model_version)),
  );
  redraw.now();
  scrollTo({ top: 0 });
  host.querySelector("h2").focus({ preventScroll: true });
}

function toolbar(list, name, download, again, from) {
  const { first_line_at, last_line_at } = list.cleaning;
  const asOf = html("input", { type: "date", id: "as-of-again", value: list.as_of.slice(0, 10) });
  const anew = html("button", { type: "button", class: "plain", hidden: true, onclick: () => asOf.value && from(asOf.value) }, texts.shop.asOfAgain);
  asOf.oninput = () => (anew.hidden = !asOf.value || asOf.value === list.as_of.slice(0, 10));
  return html(
    "header",
    { class: "toolbar card" },
    html(
      "div",
      {},
      html("h2", { tabindex: "-1" }, name),
      html("p", { class: "quiet" }, WORDS.summary(count(list.totals.customers), day(first_line_at), day(last_line_at))),
      html("div", { class: "row from" }, html("label", { for: "as-of-again" }, texts.shop.asOf), asOf, anew, html("button", { type: "button", class: "plain", onclick: again }, texts.shop.newFile)),
    ),
    download,
  );
}

function totalTiles(list, money) {
  const { totals } = list;
  const interval = totals.expected_revenue_30d_interval_80;
  const reach = html("p", { class: "headline" });
  const reachHelp = html("p", { class: "help" });
  const tile = (title, headline, help, more) => html("section", { class: "card tile" }, html("h3", {}, title), typeof headline === "string" ? html("p", { class: "headline" }, headline) : headline, more, typeof help === "string" ? html("p", { class: "help" }, help) : help);
  const revenueHelp = interval ? WORDS.revenueHelp(money.whole(interval.low), money.whole(interval.high)) : WORDS.revenueWithout;
  return {
    element: html(
      "div",
      { class: "tiles" },
      tile(WORDS.revenue, money.whole(totals.expected_revenue_30d), `${revenueHelp} ${WORDS.revenueNote}`, interval && intervalChart(totals.expected_revenue_30d, interval, money.short)),
      tile(WORDS.buyers, count(totals.expected_buyers_30d), WORDS.buyersHelp(percent(totals.expected_buyers_30d / totals.customers))),
      tile(WORDS.customers, count(totals.customers), WORDS.customersHelp(count(totals.active_customers))),
      tile(WORDS.contacted, reach, reachHelp),
    ),
    show(treat, total) {
      reach.textContent = count(treat.customers);
      reachHelp.textContent = WORDS.contactedHelp(percent(total > 0 ? treat.revenue / total : 0), money.whole(treat.revenue));
    },
  };
}

/** What the campaign does with whom, in three numbers and a sentence. */
function decisionTiles(money) {
  const parts = Object.entries(texts.campaign.decisions).map(([decision, title]) => {
    const number = html("p", { class: "headline" });
    const revenue = html("p", { class: "help" });
    return { decision, number, revenue, element: html("section", { class: `decision-tile is-${decision}` }, html("h3", {}, title), number, revenue, html("p", { class: "help" }, texts.campaign.decisionHelp[decision])) };
  });
  const bar = html("div", { class: "stack", "aria-hidden": "true" }, parts.map(({ decision }) => html("i", { class: `is-${decision}` })));
  const told = html("p", { role: "status", class: "offscreen" });
  const advice = html("p", { class: "advice" });
  return {
    element: html("div", { class: "decisions" }, html("div", { class: "decision-tiles" }, parts.map((part) => part.element)), bar, advice, told),
    show(sums, campaign) {
      parts.forEach(({ decision, number, revenue }, position) => {
        const { customers, revenue: expected, cost } = sums[decision];
        number.textContent = count(customers);
        revenue.textContent = [texts.campaign.revenue(money.whole(expected)), cost && texts.campaign.cost(money.money(cost))].filter(Boolean).join(", ");
        bar.children[position].style.flexGrow = customers;
      });
      advice.textContent = adviceOn(sums, campaign, money);
      told.textContent = texts.campaign.status(count(sums.treat.customers), count(sums.control.customers), sums.treat.cost && money.money(sums.treat.cost));
    },
  };
}

function adviceOn({ treat, control }, campaign, money) {
  if (treat.customers === 0) return texts.campaign.nobody;
  const perContact = treat.revenue / treat.customers;
  const even = treat.cost && perContact > 0 && texts.campaign.breakEven(money.money(Number(campaign.contactCost)), percent(Number(campaign.contactCost) / perContact));
  return [even, control.customers === 0 && texts.campaign.noControl].filter(Boolean).join(" ");
}

const card = (title, lead, ...children) => html("section", { class: "card" }, html("h2", {}, title), lead && html("p", { class: "help lead" }, lead), children);

/** A function that runs at most once per frame, with the newest argument; `now` runs it at once. */
function oncePerFrame(run) {
  let newest = null;
  let isDue = false;
  const later = (argument) => {
    newest = argument;
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      run(newest);
    });
  };
  later.now = () => run(newest);
  return later;
}
