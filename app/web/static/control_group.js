/** What a control group can show: the statistical power of the campaign's experiment, as the service reckons it. */

import { largeOnes } from "./campaign.js";

// Standard normal quantiles: a two-sided test at 5 % that finds an effect in 80 of 100 cases.
const STANDARD_ERRORS = 1.959963984540054 + 0.8416212335729143;
// An effect of this part of the average spend is the largest that one may hope for.
const TELLING_SHARE = 0.5;
const UNKNOWN_SPREAD = 2; // of an exponential distribution
const LEAST_AMOUNT = 0.01;

/**
 * { customers, average, effect, isTelling, needed, isInReach } of those held out against those contacted; effect is
 * null where one side is empty. Large customers, who are never held out, are on neither side.
 */
export function powerOf(customers, decisions, campaign) {
  const isLarge = largeOnes(customers, campaign);
  const sides = { treat: 0, control: 0 };
  const compared = customers.filter((customer, position) => {
    const isIn = decisions[position] in sides && !isLarge(customer);
    if (isIn) sides[decisions[position]] += 1;
    return isIn;
  });
  const average = mean(compared.map((customer) => customer.predicted_future_spend_30d));
  if (!sides.control || !sides.treat || average <= 0) {
    return { customers: sides.control, average, effect: null, isTelling: false, needed: null };
  }
  const deviation = Math.sqrt(Math.max(mean(compared.map(squaredSpend)) - average ** 2, 0));
  const effect = STANDARD_ERRORS * deviation * Math.sqrt(1 / sides.control + 1 / sides.treat);
  const least = ((TELLING_SHARE * average) / Math.max(STANDARD_ERRORS * deviation, 1e-12)) ** 2;
  const isTelling = effect <= TELLING_SHARE * average;
  return { customers: sides.control, average, effect, isTelling, ...neededOf(compared.length, least) };
}

/** How many of so many to hold out for 1/n + 1/m of at most `least`, or how many in all on each side, if more. */
function neededOf(customers, least) {
  const room = customers ** 2 - (4 * customers) / least;
  if (room < 0) return { needed: Math.ceil(2 / least), isInReach: false };
  return { needed: Math.max(1, Math.ceil((customers - Math.sqrt(room)) / 2)), isInReach: true };
}

/** The expected square of a spend: nothing, or an amount that spreads as far as its range says. */
function squaredSpend({ predicted_future_spend_30d: spend, purchase_probability_30d: probability, ...customer }) {
  return probability > 0 ? (spend ** 2 / probability) * spreadOf(customer.spend_if_purchase) : 0;
}

/** One plus the squared variation of a lognormal amount, of which `coverage` lies between low and high. */
function spreadOf(told) {
  if (!told) return UNKNOWN_SPREAD;
  const low = Math.max(told.low, LEAST_AMOUNT);
  return Math.exp((Math.log(Math.max(told.high, low) / low) / widthOf(told.coverage)) ** 2);
}

const widths = new Map();

/** How many standard deviations lie between the ends of a normal range of this coverage. */
function widthOf(coverage) {
  if (!widths.has(coverage)) widths.set(coverage, 2 * normalQuantile(0.5 + coverage / 2));
  return widths.get(coverage);
}

/** The standard normal quantile of a probability above a half: Newton's steps on a distribution summed as a series. */
function normalQuantile(probability) {
  let x = 0;
  for (let step = 0; step < 30; step += 1) x += (probability - distribution(x)) / density(x);
  return x;
}

const density = (x) => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);

/** Marsaglia (2004), Evaluating the Normal Distribution, Journal of Statistical Software 11(4). */
function distribution(x) {
  let [sum, term] = [x, x];
  for (let odd = 3; Math.abs(term) > 1e-17; odd += 2) sum += term *= x ** 2 / odd;
  return 0.5 + sum * density(x);
}

const mean = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0);
