// Who of a ranked list is contacted, by the same rules as model/campaign.py.

import assert from "node:assert/strict";
import test from "node:test";

import { decide, groupsOf, holdersOf, mostContacts, wholeTimes } from "../../app/web/static/campaign.js";

const SEGMENTS = ["High Value", "At Risk"];
const customer = (control_draw, customer_segment = "High Value", spend = 10) => ({
  control_draw,
  customer_segment,
  predicted_future_spend_30d: spend,
});
const campaign = (changes) => ({ mode: "everyone", controlShare: 0, segments: new Set(SEGMENTS), ...changes });

test("everybody is contacted where nothing limits", () => {
  assert.deepEqual(decide([customer(0.1), customer(0.9)], campaign()), ["treat", "treat"]);
});

test("a draw below the control share is held out, and one at it is not", () => {
  const decisions = decide([customer(0.099999), customer(0.1), customer(0)], campaign({ controlShare: 0.1 }));
  assert.deepEqual(decisions, ["control", "treat", "control"]);
});

test("those held out cost nothing", () => {
  const list = [customer(0.05), customer(0.5), customer(0.05), customer(0.6), customer(0.7)];
  const decisions = decide(list, campaign({ mode: "limit", limit: 2, controlShare: 0.1 }));
  assert.deepEqual(decisions, ["control", "treat", "control", "treat", "below_budget"]);
});

test("from the first customer on that nothing is left for, nobody is held out either", () => {
  const list = [customer(0.5), customer(0.05), customer(0.5), customer(0.05)];
  const decisions = decide(list, campaign({ mode: "limit", limit: 1, controlShare: 0.1 }));
  assert.deepEqual(decisions, ["treat", "control", "below_budget", "below_budget"]);
});

test("customers of other segments are outside and use up nothing", () => {
  const list = [customer(0.5, "At Risk"), customer(0.5), customer(0.5)];
  const decisions = decide(list, campaign({ mode: "limit", limit: 1, segments: new Set(["High Value"]) }));
  assert.deepEqual(decisions, [null, "treat", "below_budget"]);
});

test("a budget buys whole contacts, counted in decimals", () => {
  // 0.3 / 0.1 is 2.9999999999999996 in binary fractions
  assert.equal(wholeTimes("0.3", "0.1"), 3);
  assert.equal(wholeTimes("499.99", "0.5"), 999);
  assert.equal(wholeTimes("40", "0.07"), 571);
  assert.equal(wholeTimes("5", "5.000001"), 0);
  assert.equal(mostContacts({ mode: "budget", budget: "1.", contactCost: ".5" }), 2);
});

test("no contact can be bought where one costs nothing", () => {
  assert.equal(wholeTimes("10", "0"), 0);
});

test("groups count customers, revenue with the factor of sums, and what contacting them costs", () => {
  const list = [customer(0.5, "High Value", 30), customer(0.05, "High Value", 20), customer(0.5, "At Risk", 5)];
  const chosen = campaign({ mode: "budget", budget: "1", contactCost: "0.6", controlShare: 0.1 });
  const groups = groupsOf(list, decide(list, chosen), chosen, 1.5);
  assert.deepEqual(groups.treat, { customers: 1, revenue: 45, cost: 0.6 });
  assert.deepEqual(groups.control, { customers: 1, revenue: 30 });
  assert.deepEqual(groups.below_budget, { customers: 1, revenue: 7.5 });
});

test("the holders of a share are the fewest from the top that hold it", () => {
  const list = [40, 30, 20, 10].map((spend) => customer(0.5, "High Value", spend));
  assert.equal(holdersOf(0.7, list), 2);
  assert.equal(holdersOf(0.71, list), 3);
  assert.equal(holdersOf(0.8, [customer(0.5, "High Value", 0)]), 1);
});
