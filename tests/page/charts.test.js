// What the charts work out before they draw.

import assert from "node:assert/strict";
import test from "node:test";

import { gains, reachOf } from "../../app/web/static/charts/gain.js";
import { linear, logarithmic, median, roundTicks } from "../../app/web/static/charts/scales.js";
import { curlOf } from "../../app/web/static/code.js";

test("gains rise from nothing to all", () => {
  assert.deepEqual(gains([50, 30, 20]), [0, 0.5, 0.8, 1]);
  assert.deepEqual(gains([0, 0]), [0, 0, 0]);
});

test("the walk down the list ends at the first customer beyond the budget", () => {
  assert.equal(reachOf(["treat", "control", "left_alone", "treat", "control", "below_budget", "left_alone"]), 5);
  assert.equal(reachOf(["treat", "left_alone"]), 2);
  assert.equal(reachOf([]), 0);
});

test("a scale maps its ends onto the ends of the paper", () => {
  const [straight, bent] = [linear([0, 10], [100, 200]), logarithmic([730, 0], [40, 400])];
  assert.deepEqual([straight(0), straight(5), straight(10)], [100, 150, 200]);
  assert.deepEqual([bent(730), bent(0)], [40, 400]);
  assert.ok(bent(1) - bent(2) > bent(100) - bent(101), "near days are further apart than far ones");
});

test("the middle of an even number of values lies between two", () => {
  assert.equal(median([9, 1, 4, 2]), 3);
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([]), 0);
});

test("an id with a quote stays one word of the shell", () => {
  const command = curlOf({ customer_id: "O'Hara" }, "http://here", false);
  assert.ok(command.endsWith(`-d '{"customer_id":"O'\\''Hara"}'`), command);
});

test("a key is named in the command and not shown", () => {
  assert.match(curlOf({}, "http://here", true), /X-API-Key: \$API_KEY/);
  assert.doesNotMatch(curlOf({}, "http://here", false), /X-API-Key/);
});

test("an axis has round numbers, none of them beyond the end", () => {
  assert.deepEqual(roundTicks(5878), [0, 2000, 4000]);
  assert.deepEqual(roundTicks(500), [0, 200, 400]);
  assert.deepEqual(roundTicks(0), [0]);
});
