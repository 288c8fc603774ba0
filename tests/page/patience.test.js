// When to wait for an answer, how long, and when to give up.

import assert from "node:assert/strict";
import test from "node:test";

import { nextStep, secondsOf } from "../../app/web/static/patience.js";

const problem = { detail: "Too much is under way." };
const answer = (changes) => ({ status: 200, problem: null, retryAfter: null, isOnline: true, ...changes });

test("success is taken", () => {
  assert.deepEqual(nextStep(answer(), 1), { kind: "take" });
});

test("too many requests and a busy service are asked again after the time they name", () => {
  assert.deepEqual(nextStep(answer({ status: 429, problem, retryAfter: "12" }), 1), { kind: "wait", seconds: 12 });
  assert.deepEqual(nextStep(answer({ status: 503, problem, retryAfter: "1" }), 1), { kind: "wait", seconds: 1 });
});

test("a refusal that names no time is not asked again", () => {
  assert.deepEqual(nextStep(answer({ status: 429, problem }), 1), { kind: "fail", gaveUp: false });
  assert.deepEqual(nextStep(answer({ status: 503, problem }), 1), { kind: "fail", gaveUp: false });
});

test("nobody is made to wait for hours", () => {
  assert.deepEqual(nextStep(answer({ status: 429, problem, retryAfter: "3600" }), 1), { kind: "fail", gaveUp: false });
});

test("after several refusals it is enough", () => {
  assert.deepEqual(nextStep(answer({ status: 429, problem, retryAfter: "1" }), 4), { kind: "fail", gaveUp: true });
});

test("a host that answers for a sleeping service is waited for", () => {
  for (const status of [502, 503, 504]) assert.equal(nextStep(answer({ status }), 1).kind, "wake");
  assert.equal(nextStep(answer({ status: 0 }), 1).kind, "wake");
  assert.deepEqual(nextStep(answer({ status: 0 }), 2), { kind: "fail", gaveUp: true });
});

test("without a network there is nothing to wake", () => {
  assert.equal(nextStep(answer({ status: 0, isOnline: false }), 1).kind, "online");
});

test("a key is asked for as often as it is refused", () => {
  assert.equal(nextStep(answer({ status: 401, problem }), 7).kind, "key");
});

for (const status of [400, 404, 413, 415, 422, 500]) {
  test(`${status} is final`, () => {
    assert.deepEqual(nextStep(answer({ status, problem }), 1), { kind: "fail", gaveUp: false });
  });
}

test("Retry-After is seconds or a date", () => {
  assert.equal(secondsOf("30"), 30);
  assert.equal(secondsOf("0"), 1);
  assert.equal(secondsOf("Wed, 21 Oct 2026 07:28:00 GMT", Date.UTC(2026, 9, 21, 7, 27, 30)), 30);
  assert.equal(secondsOf("Wed, 21 Oct 2026 07:28:00 GMT", Date.UTC(2026, 9, 21, 8, 0, 0)), 1);
  assert.equal(secondsOf("soon"), null);
  assert.equal(secondsOf(null), null);
});
