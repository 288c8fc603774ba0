/** Asking the service: keys, countdowns after a refusal, hosts that sleep, and being offline. */

import { eventReader } from "./events.js";
import { askForKey, givenKey } from "./keyring.js";
import { nextStep } from "./patience.js";

const WAKING_CHECK_SECONDS = 3;
const LONGEST_WAKING_SECONDS = 90;
const SLOW_AFTER_SECONDS = 5;
const TOO_MANY_REQUESTS = 429;
const STREAM = "text/event-stream";

/** The service answered, with something other than success; `problem` is its problem+json, if it sent one. */
export class Refusal extends Error {
  constructor({ status, problem }, gaveUp = false) {
    super(problem?.detail ?? `status ${status}`);
    Object.assign(this, { status, problem, gaveUp });
  }
}

/** Nothing came back at all. */
export class Unreachable extends Error {}

/** Somebody chose not to wait. */
export class Cancelled extends Error {}

/**
 * Ask, and wait with patience where waiting helps.
 *
 * request: { method, path, headers, body, signal, onUpload(sent, total), onProgress(progress), isQuick }; with
 * `onProgress` the service tells how far it is before it answers.
 * tell: told what is waited for, { kind: "slow" | "waking" | "busy" | "full" | "offline" | null, seconds, skip }
 */
export async function ask(request, tell = () => {}) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await once(request, tell);
    const step = nextStep({ ...answer, isOnline: navigator.onLine }, attempt);
    if (step.kind === "take") return answer;
    if (step.kind === "fail") throw answer.status ? new Refusal(answer, step.gaveUp) : new Unreachable();
    try {
      if (step.kind === "key") await newKey(answer);
      if (step.kind === "online") await untilOnline(request.signal, tell);
      if (step.kind === "wake") await untilAwake(request.signal, tell);
      if (step.kind === "wait") await countdown(step.seconds, answer.status, request.signal, tell);
    } finally {
      tell({ kind: null });
    }
  }
}

/** A quick request for JSON, with `json` as its body where there is one; gives the parsed answer. */
export async function askJson(path, { json, signal } = {}, tell) {
  const headers = { "Content-Type": "application/json" };
  const posted = json === undefined ? {} : { method: "POST", body: JSON.stringify(json), headers };
  const answer = await ask({ path, signal, isQuick: true, ...posted }, tell);
  return JSON.parse(answer.text);
}

/** Wait until the service is there, so that a file is not sent to a host that sleeps. */
export const awaken = (signal, tell) => ask({ path: "/health", signal, isQuick: true }, tell);

async function once(request, tell) {
  const slow = request.isQuick && setTimeout(() => tell({ kind: "slow" }), SLOW_AFTER_SECONDS * 1000);
  try {
    return await send(request);
  } finally {
    clearTimeout(slow);
    tell({ kind: null });
  }
}

/** One request; XMLHttpRequest, because fetch tells nothing about the progress of an upload. */
function send({ method = "GET", path, headers = {}, body, signal, onUpload, onProgress }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Cancelled());
    const wire = new XMLHttpRequest();
    wire.open(method, path);
    const accepted = onProgress ? { Accept: STREAM } : {};
    for (const [name, value] of Object.entries({ ...headers, ...accepted, ...keyHeader() }))
      wire.setRequestHeader(name, value);
    if (onUpload) {
      wire.upload.onprogress = (event) => onUpload(event.loaded, event.total);
      wire.upload.onload = (event) => onUpload(event.loaded, event.loaded);
    }
    const heard = listenTo(wire, onProgress);
    wire.onload = () => resolve(isOf(wire, STREAM) ? heard() : answerOf(wire));
    wire.onerror = () => resolve({ status: 0 });
    wire.onabort = () => reject(new Cancelled());
    whenAborted(signal, () => wire.abort());
    wire.send(body);
  });
}

/** Hands on progress as it comes; gives what tells the answer at the end of a stream, status 0 where it broke off. */
function listenTo(wire, onProgress) {
  let last = { status: 0 };
  const read = eventReader((kind, data) => {
    if (kind === "progress") onProgress(JSON.parse(data));
    if (kind === "answer") last = { status: 200, text: data };
    if (kind === "problem") last = refusedIn(problemIn(data));
  });
  const take = () => isOf(wire, STREAM) && read(wire.responseText);
  if (onProgress) wire.onprogress = take;
  return () => {
    take();
    return last;
  };
}

const refusedIn = (problem) => ({ status: problem?.status ?? 500, problem, retryAfter: null });

function answerOf(wire) {
  return {
    status: wire.status,
    text: wire.responseText,
    problem: isOf(wire, "application/problem+json") ? problemIn(wire.responseText) : null,
    retryAfter: wire.getResponseHeader("Retry-After"),
  };
}

const isOf = (wire, type) => (wire.getResponseHeader("Content-Type") ?? "").startsWith(type);

function problemIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // cut off on its way
  }
}

const keyHeader = () => (givenKey() ? { "X-API-Key": givenKey() } : {});

async function newKey(refused) {
  if (!(await askForKey({ wasWrong: Boolean(givenKey()) }))) throw new Refusal(refused);
}

/** Count down to the next attempt; `skip` ends the wait at once. */
async function countdown(seconds, status, signal, tell) {
  const kind = status === TOO_MANY_REQUESTS ? "busy" : "full";
  let isSkipped = false;
  for (let left = seconds; left > 0 && !isSkipped; left -= 1) {
    await pause(1, signal, (wake) => {
      const skip = () => {
        isSkipped = true;
        wake();
      };
      tell({ kind, seconds: left, skip });
    });
  }
}

/** Ask for /health until it answers; whether it ever does is for the next attempt to find out. */
async function untilAwake(signal, tell) {
  for (let waited = 0; waited < LONGEST_WAKING_SECONDS; waited += WAKING_CHECK_SECONDS) {
    tell({ kind: "waking", seconds: waited });
    await pause(WAKING_CHECK_SECONDS, signal);
    if ((await send({ path: "/health", signal })).status === 200) return;
  }
}

function untilOnline(signal, tell) {
  tell({ kind: "offline" });
  return new Promise((resolve, reject) => {
    addEventListener("online", resolve, { once: true });
    whenAborted(signal, () => reject(new Cancelled()));
  });
}

/** Wait for some seconds; `started` is given a function that ends the wait. */
function pause(seconds, signal, started = () => {}) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    started(() => {
      clearTimeout(timer);
      resolve();
    });
    whenAborted(signal, () => {
      clearTimeout(timer);
      reject(new Cancelled());
    });
  });
}

const whenAborted = (signal, act) => signal?.addEventListener("abort", act, { once: true });
