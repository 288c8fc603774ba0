// Numbers as people type and read them.

import assert from "node:assert/strict";
import test from "node:test";

import { bytes, count, day, expected, moneyIn, parsed, percent } from "../../app/web/static/numbers.js";

test("what people type is read: thousands, points, spaces", () => {
  for (const [typed, value] of [
    ["1400", 1400],
    [" 49.30 ", 49.3],
    ["1,400", 1400],
    ["12,345,678.9", 12345678.9],
    ["1 400", 1400],
    ["1\u202f400.5", 1400.5],
    [".5", 0.5],
    ["7.", 7],
    ["0", 0],
  ]) {
    assert.equal(parsed(typed).value, value, typed);
  }
});

test("a decimal comma is not guessed at, it is asked about", () => {
  assert.deepEqual(parsed("1,4"), { fault: "comma", suggestion: "1.4" });
  assert.deepEqual(parsed("49,30"), { fault: "comma", suggestion: "49.30" });
});

test("what is no number is none, and a negative one is called so", () => {
  for (const typed of ["", "abc", "1e999", "1e3", "Infinity", "NaN", "0x10", "1,23,4", "1.2.3", "12 34", "١٢"]) {
    assert.equal(parsed(typed).fault, "number", typed);
  }
  assert.equal(parsed("-3").fault, "negative");
  assert.equal(parsed("-1,400").fault, "negative");
});

test("money stands in its currency, with thousands separated", () => {
  const pounds = moneyIn("GBP");
  assert.equal(pounds.money(1234.5), "£1,234.50");
  assert.equal(pounds.whole(1234567.8), "£1,234,568");
  assert.equal(pounds.short(643682), "£644K");
  assert.deepEqual([99.994, 99.995, 1234.5].map(pounds.brief), ["£99.99", "£100", "£1,235"]);
  assert.equal(pounds.signed(-3.2), "-£3.20");
  assert.equal(pounds.signed(0), "£0.00");
  assert.equal(moneyIn("JPY").money(1234), "¥1,234");
  assert.equal(moneyIn("JPY").decimals, 0);
  assert.equal(moneyIn("XTS").money(1), "XTS\u00a01.00");
});

test("no share is rounded into a lie", () => {
  assert.equal(percent(0.5235), "52%");
  assert.equal(percent(0.004), "0.4%");
  assert.equal(percent(0.0004), "<0.1%");
  assert.equal(percent(0.9971), "99.7%");
  assert.equal(percent(0.99999), ">99.9%");
  assert.equal(percent(0), "0%");
  assert.equal(percent(1), "100%");
});

test("no count is minus nothing", () => {
  assert.equal(count(-0.2), "0");
  assert.equal(count(1067370), "1,067,370");
});

test("a day is the same day everywhere", () => {
  assert.equal(day("2011-12-10T00:00:00"), "10 Dec 2011");
  assert.equal(day("2011-12-09T23:59:59"), "9 Dec 2011");
});

test("sizes of files have a unit", () => {
  assert.equal(bytes(999), "999 bytes");
  assert.equal(bytes(48_200), "48 kB");
  assert.equal(bytes(4_820_000), "4.8 MB");
  assert.equal(bytes(104_857_600), "105 MB");
});

test("few expected people are told in tenths, many are not", () => {
  assert.equal(expected(0.054), "0.1");
  assert.equal(expected(9.94), "9.9");
  assert.equal(expected(9.96), "10");
  assert.equal(expected(779.1234), "779");
});
