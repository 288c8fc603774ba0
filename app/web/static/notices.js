/** What went wrong or is waited for, and what to do: one place for each door. */

import { GLYPHS, glyph, html } from "./elements.js";
import { Cancelled, Refusal, Unreachable } from "./service.js";
import { texts } from "./texts.js";

const WORDS = texts.problems;

/** Notices in `host`: `waiting` for what `ask` tells, `failed` for errors, `clear`. */
export function noticesIn(host) {
  const wait = html("div", { role: "status" });
  const problem = html("div");
  host.append(wait, problem);
  const reveal = () => host.scrollIntoView({ block: "nearest" });
  const fail = (...notices) => {
    problem.replaceChildren(...notices);
    if (notices.length > 0) reveal();
  };
  return {
    waiting: waitingIn(wait, reveal),
    failed: (error, how = {}) => fail(...problemNotice(error, how)),
    refused: ({ title, todo }, ...numbers) => fail(notice("problem", title, null, advised(todo(...numbers)))),
    note: (title) => problem.replaceChildren(notice("problem", title)),
    clear: () => problem.replaceChildren(),
  };
}

/** Shows what is waited for; seconds tick in place, so that buttons keep the focus and nobody is told every one. */
function waitingIn(host, reveal) {
  let shown = { kind: null };
  let ticking = null;
  return (state, stop) => {
    const isNew = state.kind !== shown.kind;
    shown = state;
    if (isNew) host.replaceChildren();
    if (!state.kind) return;
    const { title, todo } = WORDS[state.kind];
    if (isNew) {
      ticking = html("p", { "aria-live": "off" });
      host.append(
        notice(
          "waiting",
          title,
          null,
          ticking,
          waitingButtons(state, () => shown.skip(), stop),
        ),
      );
      reveal();
    }
    ticking.textContent = typeof todo === "function" ? todo(String(state.seconds)) : todo;
  };
}

function waitingButtons({ skip }, skipNow, stop) {
  const now = skip && html("button", { type: "button", onclick: skipNow }, WORDS.now);
  return html(
    "div",
    { class: "row" },
    now,
    stop && html("button", { type: "button", class: "plain", onclick: stop }, WORDS.stop),
  );
}

/** `again` tries once more, `choose` opens a dialog that mends it, `advice` and `inPlainWords` put it into other words. */
function problemNotice(error, { again, advice, choose, inPlainWords = (words) => words }) {
  if (error instanceof Cancelled) return [];
  const { title, detail, todo, list, requestId } = explained(error, advice, inPlainWords);
  return [
    notice(
      "problem",
      title,
      detail,
      list.length > 0 &&
        html(
          "ul",
          {},
          list.map((each) => html("li", {}, each)),
        ),
      advised(todo),
      requestId && html("p", { class: "help" }, WORDS.requestId(requestId)),
      html(
        "div",
        { class: "row" },
        choose && html("button", { type: "button", class: "primary", onclick: choose }, texts.reading.open),
        again && html("button", { type: "button", onclick: again }, WORDS.again),
      ),
    ),
  ];
}

const advised = (todo) => html("p", {}, html("b", {}, `${WORDS.todo}: `), todo);

/** Title, detail and advice for an error. */
function explained(error, advice, inPlainWords) {
  if (error instanceof Unreachable) return { ...WORDS.unreachable, list: [] };
  if (error instanceof SyntaxError) return { ...WORDS.unexpected, list: [] };
  if (!(error instanceof Refusal)) return { ...WORDS.bad, detail: String(error), list: [] };
  const { status, problem, gaveUp } = error;
  const { title, todo } = WORDS.byStatus[status] ?? WORDS.byStatus[status >= 500 ? 500 : 400];
  const others = (problem?.errors ?? []).map((each) => each.msg).filter((msg) => msg !== problem.detail);
  return {
    title,
    detail: inPlainWords(problem?.detail ?? ""),
    todo: (gaveUp && WORDS.gaveUp) || advice?.[status] || todo,
    list: others.map(inPlainWords),
    requestId: status >= 500 && problem?.request_id,
  };
}

function notice(kind, title, detail, ...more) {
  return html(
    "div",
    { class: `notice ${kind}`, role: kind === "problem" ? "alert" : null },
    kind === "problem" ? glyph(GLYPHS.warning) : html("span", { class: "spinner", "aria-hidden": "true" }),
    html("div", {}, html("h3", {}, title), detail && html("p", {}, detail), more),
  );
}
