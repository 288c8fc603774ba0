/** The answer about one customer, as a card. */

import { gauge } from "./charts/gauge.js";
import { intervalChart } from "./charts/interval.js";
import { reasonsChart } from "./charts/reasons.js";
import { segmentClass } from "./charts/segments.js";
import { codeOf } from "./code.js";
import { GLYPHS, glyph, html } from "./elements.js";
import { count, exactPercent, percent } from "./numbers.js";
import { texts } from "./texts.js";

const WORDS = texts.answer;

/** A card of the service's `answer` to `request`; `money` has the forms of an amount. */
export function answerCard(request, answer, money) {
  return html(
    "article",
    { class: "card answer", "aria-labelledby": "answer-title" },
    html(
      "header",
      { class: "row between" },
      html("h2", { id: "answer-title", tabindex: "-1" }, WORDS.title(answer.customer_id)),
      segmentBadge(answer.customer_segment),
    ),
    html("div", { class: "numbers" }, spend(answer, money), chance(answer)),
    actionPart(answer),
    kindPart(answer),
    answer.reasons &&
      part(
        WORDS.reasons,
        html("p", { class: "help" }, WORDS.reasonsLead),
        reasonsChart(answer.reasons, answer.predicted_future_spend_30d, money),
      ),
    answer.warnings.length > 0 && warningList(WORDS.warnings, answer.warnings),
    codeOf(request, answer),
    html("p", { class: "help" }, WORDS.model(answer.model_version)),
  );
}

/** What the card will show, while there is nothing to show. */
export const emptyCard = () =>
  html(
    "div",
    { class: "card empty" },
    html("div", { class: "ghost", "aria-hidden": "true" }, html("i"), html("i"), html("i")),
    html("h2", {}, texts.customer.emptyTitle),
    html("p", {}, texts.customer.empty),
  );

export const segmentBadge = (segment) => html("span", { class: `badge ${segmentClass(segment)}` }, segment);

export const warningList = (title, warnings) =>
  html(
    "section",
    { class: "warnings" },
    html("h3", {}, glyph(GLYPHS.warning), title),
    html(
      "ul",
      {},
      warnings.map((each) => html("li", {}, each)),
    ),
  );

function spend(answer, money) {
  const told = answer.spend_if_purchase;
  return html(
    "section",
    {},
    html("h3", {}, WORDS.spend),
    html("p", { class: "headline" }, money.money(answer.predicted_future_spend_30d)),
    told && html("p", { class: "help figure" }, adding(answer, money)),
    html("p", {}, told ? spendIfPurchase(answer, money) : WORDS.spendNoInterval),
    told && intervalChart(told.mean, told, money.whole),
    told && html("p", { class: "help" }, WORDS.coverage(count(told.coverage * 100))),
  );
}

/** The forecast is the chance times what a purchase would come to; what is rounded too far to show it says "about". */
function adding({ predicted_future_spend_30d: spend, ...answer }, money) {
  const { purchase_probability_30d: probability, spend_if_purchase: told } = answer;
  const sign = money.money(probability * told.mean) === money.money(spend) ? "=" : "≈";
  return WORDS.adds(exactPercent(probability), money.money(told.mean), sign, money.money(spend));
}

function spendIfPurchase({ purchase_probability_30d: probability, spend_if_purchase: told }, money) {
  const [low, high, mean] = [told.low, told.high, told.mean].map(money.whole);
  return WORDS.spendHelp(percent(1 - probability), low, high, mean);
}

function chance({ purchase_probability_30d: probability }) {
  return html(
    "section",
    { class: "chance" },
    html("h3", {}, WORDS.chance),
    gauge(probability),
    html("p", { class: "help" }, WORDS.chanceHelp(count(probability * 100))),
  );
}

function actionPart(answer) {
  if (!answer.recommended_action && !answer.insight) return null;
  return html(
    "section",
    { class: "action" },
    html("h3", {}, WORDS.action),
    html("p", { class: "strong" }, answer.recommended_action),
    html("h3", {}, WORDS.insight),
    html("p", {}, answer.insight),
    html("p", { class: "help source" }, WORDS.source[answer.insight_source] ?? answer.insight_source),
  );
}

function kindPart(answer) {
  return part(
    WORDS.segment,
    html("p", {}, html("b", {}, answer.customer_segment), `: ${answer.segment_reason}.`),
    answer.segment_changes.length > 0 && html("h4", {}, WORDS.changes),
    answer.segment_changes.length > 0 && html("ul", { class: "changes" }, answer.segment_changes.map(change)),
  );
}

function change(sentence) {
  const split = sentence.lastIndexOf(": ");
  return html("li", {}, sentence.slice(0, split), " ", segmentBadge(sentence.slice(split + 2)));
}

const part = (title, ...children) => html("section", {}, html("h3", {}, title), children);
