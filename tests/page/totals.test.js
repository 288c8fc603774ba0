// What stands beside the totals.

import assert from "node:assert/strict";
import test from "node:test";

import { moneyIn } from "../../app/web/static/numbers.js";
import { factorTold } from "../../app/web/static/totals.js";

const pounds = moneyIn("GBP");

test("a total that is more than the sum of the rows says so, with both and what lies between", () => {
  assert.equal(
    factorTold(28784, 1.12, pounds),
    "These customers' forecasts add up to £25,700; past months came in 12% above such sums, " +
      "mostly by rare large orders, so £28,784 are expected.",
  );
});

test("a total below the sum does not speak of large orders", () => {
  const told = factorTold(900, 0.9, pounds);
  assert.match(told, /add up to £1,000; past months came in 10% below such sums, so £900 are expected/);
});

test("a total that is the sum needs no words", () => {
  assert.equal(factorTold(1000, 1, pounds), "");
  assert.equal(factorTold(1000, 1.00001, pounds), "");
});
