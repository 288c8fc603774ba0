/** What to do with an answer: take it, wait and ask again, or give up. No network and no clock in here. */

const MOST_ATTEMPTS = 4;
const MOST_WAKES = 2; // each waits for a minute and a half
const LONGEST_WAIT_SECONDS = 300;
// What proxies say while the service behind them starts.
const STARTING = [502, 503, 504];

/**
 * The next step after an answer of { status (0: none), problem, retryAfter, isOnline }.
 *
 * Gives { kind }: take · key (ask for one) · wait (`seconds`) · wake (the host sleeps) · online (wait for the network) ·
 * fail (`gaveUp` where waiting did not help).
 */
export function nextStep({ status, problem, retryAfter, isOnline }, attempts) {
  if (status >= 200 && status < 300) return { kind: "take" };
  if (status === 401) return { kind: "key" };
  if (status === 0 && !isOnline) return { kind: "online" };
  const waits = waitsFor({ status, problem, retryAfter });
  if (waits && attempts >= (waits.kind === "wake" ? MOST_WAKES : MOST_ATTEMPTS)) return { kind: "fail", gaveUp: true };
  return waits ?? { kind: "fail", gaveUp: false };
}

function waitsFor({ status, problem, retryAfter }) {
  const seconds = secondsOf(retryAfter);
  if ((status === 429 || status === 503) && seconds !== null && seconds <= LONGEST_WAIT_SECONDS) {
    return { kind: "wait", seconds };
  }
  const isStarting = status === 0 || (STARTING.includes(status) && !problem);
  return isStarting ? { kind: "wake" } : null;
}

/** Retry-After: seconds, or a date in the form of HTTP; null where there is none. */
export function secondsOf(retryAfter, now = Date.now()) {
  if (!retryAfter) return null;
  if (/^\d+$/.test(retryAfter)) return Math.max(Number(retryAfter), 1);
  const moment = Date.parse(retryAfter);
  return Number.isNaN(moment) ? null : Math.max(Math.ceil((moment - now) / 1000), 1);
}
