// What a stream of events says, however it arrives.

import assert from "node:assert/strict";
import test from "node:test";

import { eventReader } from "../../app/web/static/events.js";

const STREAM = 'event: progress\ndata: {"step":"reading"}\n\n: still here\n\nevent: answer\ndata: {"a":\ndata: 1}\n\n';
const EVENTS = [
  ["progress", '{"step":"reading"}'],
  ["answer", '{"a":\n1}'],
];

function heard(...texts) {
  const events = [];
  const read = eventReader((kind, data) => events.push([kind, data]));
  for (const text of texts) read(text);
  return events;
}

test("events are told with their kind, and comments are none", () => {
  assert.deepEqual(heard(STREAM), EVENTS);
  assert.deepEqual(heard(STREAM.replaceAll("\n", "\r\n")), EVENTS);
});

test("an event is told once and only when it is whole, wherever the network cuts it", () => {
  const everyLength = [...STREAM].map((_, length) => STREAM.slice(0, length));
  assert.deepEqual(heard(...everyLength, STREAM), EVENTS);
  assert.deepEqual(heard(STREAM.slice(0, -1)), EVENTS.slice(0, 1));
});
