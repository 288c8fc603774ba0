/** Who of a ranked list is contacted: the service's own rules, so that a slider needs no request. */

// A customer above this part of the expected total is never held out: it would decide the comparison alone.
const LARGE_SHARE = 0.02;
const DECIMALS = 6; // of the amounts that a campaign reckons with, exactly
// The list is asked for with this cost of a contact, so that each customer's tells what the action costs beyond it.
export const PROBED_COST = 1;

/**
 * A campaign is { mode: "budget" | "limit" | "everyone", budget, contactCost, limit, controlShare, segments };
 * budget and contactCost are decimal texts, segments a Set.
 *
 * Gives the decisions on the customers of a ranked list, each "treat", "control", "below_budget", "left_alone", or null
 * for a customer of another segment.
 *
 * Walking down the list, a customer whose action says to spend nothing is left alone, one with a draw below the control
 * share is held out and costs nothing, unless too large to be, and any other is contacted; from the first one on that
 * not enough is left for, nobody is.
 */
export function decide(customers, campaign) {
  const isLarge = largeOnes(customers, campaign);
  const most = mostSpent(campaign);
  let spent = 0n;
  let isOver = false;
  return customers.map((customer) => {
    if (!campaign.segments.has(customer.customer_segment)) return null;
    if (isLeftAlone(customer)) return "left_alone";
    const isControl = customer.control_draw < campaign.controlShare && !isLarge(customer);
    if (!isControl) spent += campaign.mode === "budget" ? costIn(customer, campaign) : 1n;
    isOver ||= most !== null && spent > most;
    if (isOver) return "below_budget";
    return isControl ? "control" : "treat";
  });
}

/**
 * Customers, expected buyers and expected revenue of each decision; `cost` of those contacted where a contact has one.
 *
 * Sums of money carry the list's `factor`, which no customer does; without a factor there are none.
 */
export function groupsOf(customers, decisions, campaign, factor) {
  const empty = () => ({ customers: 0, buyers: 0, revenue: factor === null ? null : 0 });
  const groups = { treat: empty(), control: empty(), below_budget: empty(), left_alone: empty() };
  let cost = 0n;
  customers.forEach((customer, position) => {
    const group = groups[decisions[position]];
    if (!group) return;
    group.customers += 1;
    group.buyers += customer.purchase_probability_30d;
    if (factor !== null) group.revenue += customer.predicted_future_spend_30d * factor;
    if (decisions[position] === "treat" && campaign.mode === "budget") cost += costIn(customer, campaign);
  });
  groups.treat.cost = campaign.mode === "budget" ? amountOf(cost) : null;
  return groups;
}

/** What contacting a customer costs with the action; nothing for one left alone, null where a contact has no cost. */
export function contactCostOf(customer, campaign) {
  return campaign.mode === "budget" ? amountOf(costIn(customer, campaign)) : null;
}

/** What contacting the customers costs together, but those that are left alone. */
export function costOf(customers, contactCost) {
  return amountOf(customers.reduce((sum, customer) => sum + costIn(customer, { contactCost }), 0n));
}

/** How many customers from the top of the list hold `share` of its expected revenue. */
export function holdersOf(share, customers) {
  const wanted = share * customers.reduce((sum, customer) => sum + customer.predicted_future_spend_30d, 0);
  let held = 0;
  const position = customers.findIndex((customer) => (held += customer.predicted_future_spend_30d) >= wanted);
  return wanted > 0 ? position + 1 : customers.length;
}

/** Whether the action for a customer says to spend nothing, whatever the campaign. */
export const isLeftAlone = ({ decision }) => decision === "left_alone";

/** Whether a customer is too large a part of the campaign's expected total to be held out. */
export function largeOnes(customers, { segments }) {
  const chosen = customers.filter((customer) => segments.has(customer.customer_segment));
  const total = chosen.reduce((sum, customer) => sum + customer.predicted_future_spend_30d, 0);
  return (customer) => customer.predicted_future_spend_30d > LARGE_SHARE * total;
}

function mostSpent({ mode, budget, limit }) {
  if (mode === "budget") return scaled(budget);
  return mode === "limit" ? BigInt(limit) : null;
}

function costIn(customer, { contactCost }) {
  if (isLeftAlone(customer)) return 0n;
  const action = (customer.contact_cost ?? PROBED_COST) - PROBED_COST;
  return scaled(contactCost) + BigInt(Math.round(action * 10 ** DECIMALS));
}

/** A decimal text as a whole number of its smallest parts, so that 0.3 holds 0.1 three times, whatever floats say. */
function scaled(text) {
  const [units, decimals = ""] = text.split(".");
  return BigInt(units + decimals.slice(0, DECIMALS).padEnd(DECIMALS, "0"));
}

const amountOf = (parts) => Number(parts) / 10 ** DECIMALS;
