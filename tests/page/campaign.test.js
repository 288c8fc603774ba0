// Who of a ranked list is contacted, by the same rules as model/ranking/campaign.py.

import assert from "node:assert/strict";
import test from "node:test";

import { contactCostOf, costOf, decide, groupsOf, holdersOf } from "../../app/web/static/campaign.js";

const SEGMENTS = ["High Value", "At Risk"];
const customer = (control_draw, changes) => ({
  control_draw,
  customer_segment: "High Value",
  predicted_future_spend_30d: 10,
  purchase_probability_30d: 0.2,
  decision: "treat",
  contact_cost: 1, // the probe alone: an action that costs nothing beyond the contact
  ...changes,
});
const campaign = (changes) => ({ mode: "everyone", controlShare: 0, segments: new Set(SEGMENTS), ...changes });
// So many others that nobody is more than a fiftieth of the total.
const crowd = (list) => [...list, ...Array.from({ length: 60 }, () => customer(0.99, { customer_segment: "At Risk" }))];
const decided = (list, chosen) => decide(crowd(list), campaign(chosen)).slice(0, list.length);

test("everybody is contacted where nothing limits", () => {
  assert.deepEqual(decided([customer(0.1), customer(0.9)]), ["treat", "treat"]);
});

test("a draw below the control share is held out, and one at it is not", () => {
  const decisions = decided([customer(0.099999), customer(0.1), customer(0)], { controlShare: 0.1 });
  assert.deepEqual(decisions, ["control", "treat", "control"]);
});

test("a customer above a fiftieth of the expected total is never held out", () => {
  const giant = customer(0, { predicted_future_spend_30d: 14 });
  assert.deepEqual(decided([giant, customer(0)], { controlShare: 0.1 }), ["treat", "control"]);
});

test("the total is that of the chosen kinds of customers", () => {
  const list = crowd([customer(0)]);
  assert.equal(decide(list, campaign({ controlShare: 0.1 }))[0], "control");
  assert.equal(decide(list, campaign({ controlShare: 0.1, segments: new Set(["High Value"]) }))[0], "treat");
});

test("those held out cost nothing", () => {
  const list = [customer(0.05), customer(0.5), customer(0.05), customer(0.6), customer(0.7)];
  const decisions = decided(list, { mode: "limit", limit: 2, controlShare: 0.1 });
  assert.deepEqual(decisions, ["control", "treat", "control", "treat", "below_budget"]);
});

test("who is to have nothing spent on is neither contacted nor held out, and uses up nothing", () => {
  const alone = (draw) => customer(draw, { decision: "left_alone", contact_cost: 0 });
  const list = [alone(0.5), alone(0), customer(0.5), alone(0.5), customer(0.5)];
  const decisions = decided(list, { mode: "limit", limit: 1, controlShare: 0.1 });
  assert.deepEqual(decisions, ["left_alone", "left_alone", "treat", "left_alone", "below_budget"]);
  const chosen = campaign({ mode: "budget", budget: "9", contactCost: "0.5" });
  assert.equal(contactCostOf(alone(0.5), chosen), 0);
  assert.equal(costOf([alone(0.5), customer(0.5)], "0.5"), 0.5);
});

test("from the first customer on that nothing is left for, nobody is held out either", () => {
  const list = [customer(0.5), customer(0.05), customer(0.5), customer(0.05)];
  const decisions = decided(list, { mode: "limit", limit: 1, controlShare: 0.1 });
  assert.deepEqual(decisions, ["treat", "control", "below_budget", "below_budget"]);
});

test("customers of other segments are outside and use up nothing", () => {
  const list = [customer(0.5, { customer_segment: "At Risk" }), customer(0.5), customer(0.5)];
  const decisions = decided(list, { mode: "limit", limit: 1, segments: new Set(["High Value"]) });
  assert.deepEqual(decisions, [null, "treat", "below_budget"]);
});

for (const [budget, contactCost, contacts] of [
  ["0.3", "0.1", 3], // 0.3 / 0.1 is 2.9999999999999996 in binary fractions
  ["0.29", "0.3", 0],
  ["2.1", "0.7", 3],
  ["1.", ".5", 2],
  ["5", "5.000001", 0],
]) {
  test(`${budget} buys ${contacts} contacts at ${contactCost}, counted in decimals`, () => {
    const list = Array.from({ length: 5 }, () => customer(0.5));
    const decisions = decided(list, { mode: "budget", budget, contactCost });
    assert.equal(decisions.filter((decision) => decision === "treat").length, contacts);
  });
}

test("an action costs what it costs beyond the contact, and the money lasts the shorter", () => {
  const parcel = customer(0.5, { contact_cost: 4.95 });
  const list = [customer(0.5), parcel, customer(0.5)];
  const chosen = { mode: "budget", budget: "4.95", contactCost: "0.5" };
  assert.deepEqual(decided(list, chosen), ["treat", "treat", "below_budget"]);
  assert.deepEqual(decided(list, { ...chosen, budget: "4.94" }), ["treat", "below_budget", "below_budget"]);
  assert.equal(contactCostOf(parcel, campaign(chosen)), 4.45);
  assert.equal(contactCostOf(parcel, campaign()), null);
});

test("groups count customers, buyers, revenue with the factor of sums, and what contacting them costs", () => {
  const spend = (predicted_future_spend_30d) => ({ predicted_future_spend_30d });
  const list = crowd([customer(0.5, { ...spend(11), contact_cost: 1.3 }), customer(0.05, spend(8)), customer(0.5)]);
  const chosen = campaign({ mode: "budget", budget: "1", contactCost: "0.6", controlShare: 0.1 });
  const groups = groupsOf(list, decide(list, chosen), chosen, 1.5);
  assert.deepEqual(groups.treat, { customers: 1, buyers: 0.2, revenue: 16.5, cost: 0.9 });
  assert.deepEqual(groups.control, { customers: 1, buyers: 0.2, revenue: 12 });
  assert.equal(groups.below_budget.customers, 61);
  assert.deepEqual(groups.left_alone, { customers: 0, buyers: 0, revenue: 0 });
});

test("without a factor there is no sum of money", () => {
  const list = crowd([customer(0.5)]);
  const groups = groupsOf(list, decide(list, campaign()), campaign(), null);
  assert.deepEqual([groups.treat.customers, groups.treat.revenue], [61, null]);
});

test("the holders of a share are the fewest from the top that hold it", () => {
  const list = [40, 30, 20, 10].map((spend) => customer(0.5, { predicted_future_spend_30d: spend }));
  assert.equal(holdersOf(0.7, list), 2);
  assert.equal(holdersOf(0.71, list), 3);
  assert.equal(holdersOf(0.8, [customer(0.5, { predicted_future_spend_30d: 0 })]), 1);
});
