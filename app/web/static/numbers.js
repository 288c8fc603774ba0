/** Numbers and dates as people read them. English forms, as the words around them and the service's own sentences. */

const LANGUAGE = "en";
const DAY = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };

export const count = format({ maximumFractionDigits: 0 });
export const decimal = format({ maximumFractionDigits: 2 });
const tenths = format({ maximumFractionDigits: 1 });
const onePercent = format({ style: "percent", maximumFractionDigits: 0 });
const finePercent = format({ style: "percent", maximumFractionDigits: 1 });
/** A share with all its digits, to reckon with. */
export const exactPercent = format({ style: "percent", maximumFractionDigits: 2 });

/** A share; below 10 % with one decimal, and never "0 %" of something or "100 %" of not quite all. */
export function percent(share) {
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share < 1 && share > 0.995) return share > 0.999 ? ">99.9%" : finePercent(share);
  return share > 0 && share < 0.1 ? finePercent(share) : onePercent(share);
}

/** An expected number of people: below ten, tenths count. */
export const expected = (number) => (number < 9.95 ? tenths(number) : count(number));

/** The day of an ISO 8601 moment without time zone: 10 Dec 2011. */
export const day = (moment) =>
  new Intl.DateTimeFormat("en-GB", DAY).format(new Date(`${moment.slice(0, 10)}T00:00:00Z`));

/** The same without its year: 10 Dec. */
export const dayAndMonth = (moment) => day(moment).replace(/ \d+$/, "");

/** 48.2 MB. */
export function bytes(number) {
  const [size, unit] = number < 1e3 ? [number, "bytes"] : number < 1e6 ? [number / 1e3, "kB"] : [number / 1e6, "MB"];
  return `${format({ maximumFractionDigits: size < 10 && unit === "MB" ? 1 : 0 })(size)} ${unit}`;
}

/**
 * Amounts in a currency: `money` to the cent, `whole` without, `brief` with cents where they matter, `short` for axes,
 * `signed` for effects.
 */
export function moneyIn(currency) {
  const style = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  const money = format(style);
  const whole = format({ ...style, minimumFractionDigits: 0, maximumFractionDigits: 0 });
  return {
    money,
    brief: (amount) => (Math.abs(amount) < 99.995 ? money : whole)(amount),
    whole,
    short: format({ ...style, notation: "compact", minimumFractionDigits: 0, maximumSignificantDigits: 3 }),
    signed: format({ ...style, signDisplay: "exceptZero" }),
    symbol: new Intl.NumberFormat(LANGUAGE, style).formatToParts(0).find((part) => part.type === "currency").value,
    decimals: new Intl.NumberFormat(LANGUAGE, style).resolvedOptions().maximumFractionDigits,
  };
}

/**
 * A number as typed: digits, a decimal point, commas or spaces between thousands.
 * Gives { value, plain } (plain: digits and a point alone), or { fault: "number" | "comma" | "negative" } with a suggestion for a decimal comma.
 */
export function parsed(text) {
  const typed = text.trim().replace(/[\u00a0\u202f ](?=\d{3}(\D|$))/g, "");
  if (/^\d+,\d{1,2}$/.test(typed)) return { fault: "comma", suggestion: typed.replace(",", ".") };
  if (/^-/.test(typed) && Number.isFinite(Number(typed.replaceAll(",", "")))) return { fault: "negative" };
  const plain = /^\d{1,3}(,\d{3})+(\.\d*)?$/.test(typed) ? typed.replaceAll(",", "") : typed;
  const value = Number(plain);
  return /^(\d+\.?\d*|\.\d+)$/.test(plain) && Number.isFinite(value) ? { value, plain } : { fault: "number" };
}

function format(options) {
  const formatter = new Intl.NumberFormat(LANGUAGE, options);
  return (number) => {
    const text = formatter.format(number);
    return /[1-9]/.test(text) ? text : formatter.format(0); // no "-0"
  };
}
