/** Who of a ranked list is contacted: the service's own rules, so that a slider needs no request. */

/**
 * A campaign is { mode: "budget" | "limit" | "everyone", budget, contactCost, limit, controlShare, segments };
 * budget and contactCost are decimal texts, segments a Set.
 */
export function mostContacts({ mode, budget, contactCost, limit }) {
  if (mode === "budget") return wholeTimes(budget, contactCost);
  return mode === "limit" ? limit : Infinity;
}

/**
 * The decisions on the customers of a ranked list, each "treat", "control", "below_budget", or null for a customer
 * of another segment.
 *
 * Walking down the list, a draw below the control share is held out and costs nothing, any other is contacted; from
 * the first one on that nothing is left for, nobody is.
 */
export function decide(customers, campaign) {
  const most = mostContacts(campaign);
  let contacted = 0;
  let isOver = false;
  return customers.map((customer) => {
    if (!campaign.segments.has(customer.customer_segment)) return null;
    const isControl = customer.control_draw < campaign.controlShare;
    isOver ||= !isControl && contacted >= most;
    if (isOver) return "below_budget";
    if (isControl) return "control";
    contacted += 1;
    return "treat";
  });
}

/**
 * Customers and expected revenue of each decision; `cost` of those contacted where a contact has a cost.
 *
 * Sums of money carry the list's `factor`, which no customer does.
 */
export function groupsOf(customers, decisions, campaign, factor) {
  const groups = { treat: empty(), control: empty(), below_budget: empty() };
  customers.forEach((customer, position) => {
    const group = groups[decisions[position]];
    if (!group) return;
    group.customers += 1;
    group.revenue += customer.predicted_future_spend_30d * factor;
  });
  groups.treat.cost = campaign.mode === "budget" ? groups.treat.customers * Number(campaign.contactCost) : null;
  return groups;
}

/** How many customers from the top of the list hold `share` of its expected revenue. */
export function holdersOf(share, customers) {
  const wanted = share * customers.reduce((sum, customer) => sum + customer.predicted_future_spend_30d, 0);
  let held = 0;
  const position = customers.findIndex((customer) => (held += customer.predicted_future_spend_30d) >= wanted);
  return wanted > 0 ? position + 1 : customers.length;
}

/** How many times a decimal number goes into another, exactly: 0.3 holds 0.1 three times, whatever floats say. */
export function wholeTimes(whole, part) {
  const places = Math.max(placesOf(whole), placesOf(part));
  const divisor = scaled(part, places);
  return divisor > 0n ? Number(scaled(whole, places) / divisor) : 0;
}

const empty = () => ({ customers: 0, revenue: 0 });
const placesOf = (text) => (text.split(".")[1] ?? "").length;

function scaled(text, places) {
  const [units, decimals = ""] = text.split(".");
  return BigInt(units + decimals.padEnd(places, "0"));
}
