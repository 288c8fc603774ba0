// The campaign file: what the service would write, and nothing that a spreadsheet would run.

import assert from "node:assert/strict";
import test from "node:test";

import { campaignRows, csvOf, defused, emailOf, isAddress } from "../../app/web/static/campaign_file.js";

const customer = (customer_id, spend, changes) => ({
  rank: 99,
  customer_id,
  customer_segment: "High Value",
  predicted_future_spend_30d: spend,
  purchase_probability_30d: 0.5,
  spend_if_purchase: null,
  control_draw: 0.5,
  decision: "treat",
  ...changes,
});
const list = {
  as_of: "2026-01-31T00:00:00",
  model_version: "v1",
  customers: [
    customer("a", 12, { spend_if_purchase: { mean: 40, median: 30, low: 20, high: 60.5 } }),
    customer("b", 3.5),
    customer("c", 0, { customer_segment: "Low Value" }),
  ],
};
const everyone = { mode: "everyone", controlShare: 0, segments: new Set(["High Value", "Low Value"]) };

test("ranks are those of the campaign, without the customers outside", () => {
  const rows = campaignRows(list, { ...everyone, segments: new Set(["Low Value"]) }, "plain");
  assert.deepEqual(
    rows.map(({ rank, customer_id, decision }) => [rank, customer_id, decision]),
    [[1, "c", "treat"]],
  );
});

test("an audience holds those to contact alone, with their rank in the whole list", () => {
  const customers = [customer("a", 12, { decision: "left_alone" }), customer("b", 3.5), customer("c", 1)];
  const rows = campaignRows({ ...list, customers }, { ...everyone, mode: "limit", limit: 1 }, "klaviyo");
  assert.deepEqual(
    rows.map(({ rank, customer_id }) => [rank, customer_id]),
    [[2, "b"]],
  );
});

test("a midnight is a day, as spreadsheets know it, and another moment stays one", () => {
  const day = (as_of) => campaignRows({ ...list, as_of }, everyone, "plain")[0].as_of;
  assert.equal(day("2026-01-31T00:00:00"), "2026-01-31");
  assert.equal(day("2026-01-31T12:30:00"), "2026-01-31T12:30:00");
});

test("the e-mail of the orders goes before an id that is one", () => {
  assert.equal(emailOf({ customer_id: "17", email: "anna@example.com" }), "anna@example.com");
  assert.equal(emailOf({ customer_id: "anna@example.com" }), "anna@example.com");
  assert.equal(emailOf({ customer_id: "17", email: null }), "");
});

test("money keeps a decimal, as the service writes it, and what is unknown is empty", () => {
  const columns = [
    ["Rank", "rank"],
    ["Spend", "predicted_future_spend_30d"],
    ["Low", "spend_if_purchase_low"],
    ["High", "spend_if_purchase_high"],
  ];
  const rows = campaignRows(list, everyone, "plain");
  assert.equal(csvOf(columns, rows), "Rank,Spend,Low,High\r\n1,12.0,20.0,60.5\r\n2,3.5,,\r\n3,0.0,,\r\n");
});

test("quotes, commas and line breaks stay within their cell", () => {
  assert.equal(
    csvOf([["a,b", "reason"]], [{ reason: 'he said "no"\nand left' }]),
    '"a,b"\r\n"he said ""no""\nand left"\r\n',
  );
});

for (const text of ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "＝1"]) {
  test(`${JSON.stringify(text)} is shown and never run`, () => {
    assert.equal(defused(text), `'${text}`);
  });
}

for (const text of ["1-2", "a=b", "13085", "", " plain", "anna@example.com"]) {
  test(`${JSON.stringify(text)} stays as it is`, () => {
    assert.equal(defused(text), text);
  });
}

test("an address is one person's, whole", () => {
  assert.equal(isAddress("anna@example.com"), true);
  for (const id of ["anna", "anna@example", "anna @example.com", "anna@b@example.com"])
    assert.equal(isAddress(id), false, id);
});
