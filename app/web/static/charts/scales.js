/** From numbers to places on paper, and the round numbers that an axis shows. */

/** A straight scale from `domain` to `range`, both [from, to]. */
export const linear =
  ([from, to], [start, end]) =>
  (value) =>
    start + ((value - from) / (to - from || 1)) * (end - start);

/** A logarithmic scale that keeps zero: it works on value + 1. */
export function logarithmic([from, to], range) {
  const place = linear([Math.log1p(from), Math.log1p(to)], range);
  return (value) => place(Math.log1p(value));
}

/** About `count` round numbers from 0 to `most`. */
export function roundTicks(most, count = 4) {
  if (!(most > 0)) return [0];
  const raw = most / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * power >= raw) * power;
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, position) => position * step);
}

/** The numbers of a logarithmic axis that lie up to `most`. */
export const logTicks = (candidates, most) => candidates.filter((value) => value <= most);

/** The largest of any number of values, and at least `least`. */
export const largest = (values, least) => values.reduce((most, value) => Math.max(most, value), least);

/** The middle of the values; 0 of none. */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted.length
    ? (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
    : 0;
}
