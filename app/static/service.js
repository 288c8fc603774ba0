/** Asking the service: keys, countdowns after a refusal, hosts that sleep, and being offline. */

import { givenKey, askForKey } from "./keyring.js";
import { nextStep } from "./patience.js";

const WAKING_CHECK_SECONDS = 3;
const SLOW_AFTER_SECONDS = 5;

/** The service answered, with something other than success; `problem` is its problem+json, if it sent one. */
export class Refusal extends Error {
  constructor(answer) {
    super(answer.problem?.detail ?? `status ${answer.status}`);
    Object.assign(this, { status: answer.status, problem: answer.problem, gaveUp: answer.gaveUp });
  }
}

/** Nothing came back at all. */
export class Unreachable extends Error {}

/** Somebody chose not to wait. */
export class Cancelled extends Error {}

/**
 * Ask, and wait with patience where waiting helps.
 *
 * request: { method, path, headers, body, signal, onUpload(sent, total), isQuick }
 * tell: told what is waited for, { kind: "slow" | "waking" | "busy" | "full" | "offline" | null, seconds, skip }
 */
export async function ask(request, tell = () => {}) {
  let attempts = 0;
  for (;;) {
    attempts += 1;
    const answer = await once(request, tell);
    const step = nextStep({ ...answer, isOnline: navigator.onLine }, attempts);
    if (step.kind === "take") return answer;
    if (step.kind === "fail") throw answer.status ? new Refusal({ ...answer, gaveUp: step.gaveUp }) : new Unreachable();
    if (step.kind === "key" && !(await askForKey({ wasWrong: Boolean(givenKey()) }))) throw new Refusal(answer);
    if (step.kind === "online") await untilOnline(request.signal, tell);
    if (step.kind === "wake") await untilAwake(request.signal, tell);
    if (step.kind === "wait")
      await countdown(step.seconds, answer.status === 429 ? "busy" : "full", request.signal, tell);
  }
}

/** A request for JSON; gives the parsed answer. */
export async function askJson(path, { json, ...more } = {}, tell) {
  const posted =
    json === undefined
      ? {}
      : { method: "POST", body: JSON.stringify(json), headers: { "Content-Type": "application/json" } };
  const answer = await ask({ path, isQuick: true, ...posted, ...more }, tell);
  return JSON.parse(answer.text);
}

async function once(request, tell) {
  let slow;
  const expectAnswer = () => {
    clearTimeout(slow);
    slow = request.isQuick && setTimeout(() => tell({ kind: "slow" }), SLOW_AFTER_SECONDS * 1000);
  };
  expectAnswer();
  try {
    return await send(request);
  } finally {
    clearTimeout(slow);
    tell({ kind: null });
  }
}

/** One request; XMLHttpRequest, because fetch tells nothing about the progress of an upload. */
function send({ method = "GET", path, headers = {}, body, signal, onUpload }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Cancelled());
    const wire = new XMLHttpRequest();
    wire.open(method, path);
    for (const [name, value] of Object.entries({ ...headers, ...keyHeader() })) wire.setRequestHeader(name, value);
    if (onUpload) {
      wire.upload.onprogress = (event) => onUpload(event.loaded, event.total);
      wire.upload.onload = (event) => onUpload(event.loaded, event.loaded);
    }
    wire.onload = () => resolve(answerOf(wire));
    wire.onerror = () => resolve({ status: 0 });
    wire.onabort = () => reject(new Cancelled());
    signal?.addEventListener("abort", () => wire.abort(), { once: true });
    wire.send(body);
  });
}

function answerOf(wire) {
  const isProblem = (wire.getResponseHeader("Content-Type") ?? "").startsWith("application/problem+json");
  return {
    status: wire.status,
    text: wire.responseText,
    problem: isProblem ? JSON.parse(wire.responseText) : null,
    retryAfter: wire.getResponseHeader("Retry-After"),
  };
}

const keyHeader = () => (givenKey() ? { "X-API-Key": givenKey() } : {});

/** Count down to the next attempt; `skip` ends the wait at once. */
async function countdown(seconds, kind, signal, tell) {
  let isSkipped = false;
  for (let left = seconds; left > 0 && !isSkipped; left -= 1) {
    await pause(1, signal, (wake) => {
      tell({ kind, seconds: left, skip: () => ((isSkipped = true), wake()) });
    });
  }
  tell({ kind: null });
}

/** Ask for /health until it answers; whether it ever does is for the next attempt to find out. */
async function untilAwake(signal, tell) {
  for (let waited = 0; waited < 90; waited += WAKING_CHECK_SECONDS) {
    tell({ kind: "waking", seconds: waited });
    await pause(WAKING_CHECK_SECONDS, signal);
    if ((await send({ path: "/health", signal })).status === 200) break;
  }
  tell({ kind: null });
}

async function untilOnline(signal, tell) {
  tell({ kind: "offline" });
  await new Promise((resolve, reject) => {
    addEventListener("online", resolve, { once: true });
    signal?.addEventListener("abort", () => reject(new Cancelled()), { once: true });
  });
  tell({ kind: null });
}

function pause(seconds, signal, started = () => {}) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    const end = (finish) => () => (clearTimeout(timer), finish());
    signal?.addEventListener(
      "abort",
      end(() => reject(new Cancelled())),
      { once: true },
    );
    started(end(resolve));
  });
}
