/** Server-sent events (text/event-stream) out of a text that grows. */

/** A reader that is given all of the text so far, and hands each event to `told(kind, data)` once it is whole. */
export function eventReader(told) {
  let taken = 0;
  return (text) => {
    for (;;) {
      const rest = text.slice(taken);
      const end = /\r\n\r\n|\n\n|\r\r/.exec(rest);
      if (!end) return;
      taken += end.index + end[0].length;
      const event = eventOf(rest.slice(0, end.index));
      if (event) told(event.kind, event.data);
    }
  };
}

/** Kind and data of one event; null for a comment, which only keeps the line open. */
function eventOf(block) {
  let kind = "message";
  const data = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (name === "event") kind = value;
    if (name === "data") data.push(value);
  }
  return data.length ? { kind, data: data.join("\n") } : null;
}
