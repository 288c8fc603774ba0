/** The campaign as CSV: the columns, numbers and precautions of the service's own file. */

import { contactCostOf, decide } from "./campaign.js";

// What a spreadsheet takes for a formula, which may hide behind blanks and in full-width signs.
const FORMULA = /^(?:[\t\r\n]|[\v\f \u00a0\u2000-\u200b\u202f\u3000\ufeff]*[=+\-@＝＋－＠])/;
const EMAIL_ADDRESS = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const PLAIN = "plain";
const WITH_DECIMALS = [
  "predicted_future_spend_30d",
  "spend_if_purchase_low",
  "spend_if_purchase_high",
  "purchase_probability_30d",
  "contact_cost",
];

/** Whether a preset is an upload of those who are to be contacted, and of nobody else. */
export const isAudience = (preset) => preset !== PLAIN;

/** Whether a text is an e-mail address. */
export const isAddress = (text) => EMAIL_ADDRESS.test(text);

/** A customer's e-mail as the orders have it, or the id where that is one; empty without. */
export const emailOf = ({ email, customer_id: id }) => email || (isAddress(id) ? id : "");

/** The rows of a campaign's file; customers outside of it have none. */
export function campaignRows(list, campaign, preset) {
  const decisions = decide(list.customers, campaign);
  return list.customers
    .map((customer, position) => ({
      ...customer,
      decision: decisions[position],
      contact_cost: contactCostOf(customer, campaign),
    }))
    .filter(({ decision }) => decision !== null)
    .map((customer, position) => plainRow(list, customer, position + 1))
    .filter(({ decision }) => !isAudience(preset) || decision === "treat");
}

/** CSV text (RFC 4180) of rows in the columns of a preset: pairs of header and field. */
export function csvOf(columns, rows) {
  const lines = [
    columns.map(([header]) => header),
    ...rows.map((row) => columns.map(([, field]) => cell(field, row[field]))),
  ];
  return lines.map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

/** A text that a spreadsheet shows and never runs. */
export const defused = (text) => (FORMULA.test(text) ? `'${text}` : text);

function plainRow(list, customer, rank) {
  const told = customer.spend_if_purchase;
  return {
    ...customer,
    rank,
    email: emailOf(customer),
    spend_if_purchase_low: told?.low ?? null,
    spend_if_purchase_high: told?.high ?? null,
    as_of: dayIn(list.as_of),
    model_version: list.model_version,
    fitted: list.fitted?.told,
  };
}

function cell(field, value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return defused(value);
  return WITH_DECIMALS.includes(field) && Number.isInteger(value) ? `${value}.0` : String(value);
}

/** A midnight is a day, which spreadsheets know as a date; they take no other moment of ISO 8601 for one. */
const dayIn = (moment) => moment.replace(/T00:00:00$/, "");

const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
