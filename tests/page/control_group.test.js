// What a control group can show, worked out by hand and by the rules of model/ranking/control_group.py.

import assert from "node:assert/strict";
import test from "node:test";

import { powerOf } from "../../app/web/static/control_group.js";

const SEGMENTS = new Set(["High Value"]);
const shop = (size, changes) =>
  Array.from({ length: size }, () => ({
    customer_segment: "High Value",
    predicted_future_spend_30d: 10,
    purchase_probability_30d: 0.2,
    spend_if_purchase: null,
    ...changes,
  }));
const everyTenth = (customers) => customers.map((_, position) => (position % 10 === 0 ? "control" : "treat"));

test("the effect follows from the spread of spends and the sizes of both sides", () => {
  const customers = shop(100);
  const power = powerOf(customers, everyTenth(customers), { segments: SEGMENTS });
  // Without a range, amounts spread as an exponential's: E[s^2] = 10^2 / 0.2 * 2 = 1000, sd = sqrt(1000 - 10^2) = 30.
  // (1.95996 + 0.84162) * 30 * sqrt(1/10 + 1/90) = 28.016
  assert.equal(power.effect.toFixed(3), "28.016");
  assert.deepEqual([power.customers, power.average, power.isTelling], [10, 10, false]);
  // 1/n + 1/m must be (5 / (2.80159 * 30))^2 = 0.0035391, which 100 customers cannot give: 2 / 0.0035391 = 565.1
  assert.deepEqual([power.needed, power.isInReach], [566, false]);
});

test("a narrow range tells more than a wide one", () => {
  const effect = (low, high) => {
    const customers = shop(100, { spend_if_purchase: { low, high, coverage: 0.8 } });
    return powerOf(customers, everyTenth(customers), { segments: SEGMENTS }).effect;
  };
  // ln(100 / 20) / (2 * 1.28155) = 0.62791; E[s^2] = 500 * exp(0.62791^2) = 741.68, sd = 25.332; 23.657
  assert.equal(effect(20, 100).toFixed(2), "23.66");
  assert.ok(effect(49, 51) < effect(20, 100));
});

test("with customers enough it says how many to hold out", () => {
  const customers = shop(2000);
  const decisions = customers.map((_, position) => (position < 40 ? "control" : "treat"));
  const weak = powerOf(customers, decisions, { segments: SEGMENTS });
  assert.deepEqual([weak.isTelling, weak.isInReach], [false, true]);
  const enough = customers.map((_, position) => (position < weak.needed ? "control" : "treat"));
  const fewer = customers.map((_, position) => (position < weak.needed - 1 ? "control" : "treat"));
  assert.equal(powerOf(customers, enough, { segments: SEGMENTS }).isTelling, true);
  assert.equal(powerOf(customers, fewer, { segments: SEGMENTS }).isTelling, false);
});

test("giants are on neither side, and nobody to compare with shows nothing", () => {
  const customers = [...shop(100), ...shop(1, { predicted_future_spend_30d: 1000 })];
  const decisions = [...everyTenth(shop(100)), "treat"];
  assert.equal(powerOf(customers, decisions, { segments: SEGMENTS }).average, 10);
  const alone = powerOf(customers, customers.map(() => "treat"), { segments: SEGMENTS });
  assert.deepEqual([alone.customers, alone.effect], [0, null]);
});
