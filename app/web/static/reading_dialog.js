/** How a file is to be read, picked and not typed: its first rows, and selects of its columns and of what they mean. */

import { html } from "./elements.js";
import { texts } from "./texts.js";

const WORDS = texts.reading;
const TOTAL = ["line_total", "quantity"];
const PRICE = ["unit_price", "quantity"];
const NEEDED = ["customer_id", "ordered_at", "line_total", "unit_price"];
const OTHERS = ["invoice", "product"];
const LIKELY = 3;

/** Options of reading that this dialog decides. */
export const READING = [
  "columns",
  "date_order",
  "decimal",
  "sheet",
  "encoding",
  "purchases",
  "returns_are",
  "discount",
  "returns",
  "keep_equal_lines",
];
const SYNTAX = new RegExp(`\\b(${READING.join("|")})=|--[a-z]|python -m`);
// What stands before the words: the file, or the option.
const PLACE = /^(\S+\.(csv|tsv|txt|dat|xlsx|xlsm|parquet|pq|gz|zst)|[a-z_]+=\S+): /;

/** The service's words without what only an address or a shell understands, and with our words for the roles. */
export function inPlainWords(words) {
  const parts = words.replace(PLACE, "").split(/(?<=[;.]) /);
  const told = parts.filter((part, place) => place === 0 || !/^(the export has|without) /.test(part));
  const kept = told.filter((part) => !SYNTAX.test(part)).join(" ") || told[0];
  const plain = Object.entries(WORDS.roles).reduce(
    (text, [role, name]) => text.replaceAll(new RegExp(`(?<!["'\\w])${role}(?!["'\\w])`, "g"), name.toLowerCase()),
    kept,
  );
  return plain && `${plain[0].toUpperCase()}${plain.slice(1).replace(/[;,.]?$/, ".")}`;
}

/**
 * Ask in a dialog; gives the options as they stand in an address, or null.
 *
 * file: { columns, proposals, preview } of the service; found: columns by role, as they were read; findings: those of
 * reading; chosen: what was given before; blamed: the option that the service asks for, with its `message`.
 */
export function askHowToRead({ file, found = {}, findings = [], chosen = {}, blamed, message }) {
  const fields = fieldsFor({ file, found, findings, chosen, blamed, message });
  const dialog = html("dialog", { class: "reading", "aria-labelledby": "reading-title" });
  const submit = html("button", { type: "submit", class: "primary" }, WORDS.submit);
  const fault = html("p", { class: "fault", role: "alert" });
  const table = previewTable(file);
  const form = html(
    "form",
    { novalidate: true },
    html(
      "header",
      {},
      html("h2", { id: "reading-title" }, WORDS.titles[blamed] ?? WORDS.title),
      message && html("p", {}, message),
    ),
    html("div", { class: "body" }, table.element, fields.element),
    html(
      "footer",
      {},
      fault,
      html(
        "div",
        { class: "row" },
        submit,
        html("button", { type: "button", onclick: () => dialog.close() }, WORDS.cancel),
      ),
    ),
  );
  const draw = () => {
    const isAnew = fields.isAnew();
    fault.textContent = "";
    table.element.hidden = isAnew;
    submit.textContent = isAnew ? WORDS.anew : WORDS.submit;
    table.mark(fields.roles());
  };
  dialog.append(form);
  document.body.append(dialog);
  form.addEventListener("change", draw);
  draw();
  dialog.showModal();
  fields.focus();
  return new Promise((resolve) => {
    let answer = null;
    form.onsubmit = (event) => {
      event.preventDefault();
      const missing = fields.missing();
      if (missing) {
        fault.textContent = WORDS.missing(missing.label);
        return missing.input.focus();
      }
      answer = fields.query();
      dialog.close();
    };
    dialog.onclose = () => {
      dialog.remove();
      resolve(answer);
    };
  });
}

/** The first rows; `mark(roles)` names the roles of its columns. */
function previewTable({ columns, preview }) {
  const marks = Object.fromEntries(columns.map((name) => [name, html("span", { class: "role" })]));
  return {
    element: html(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": WORDS.preview },
      html(
        "table",
        {},
        html(
          "thead",
          {},
          html(
            "tr",
            {},
            columns.map((name) => html("th", { scope: "col" }, columnName(name, columns), marks[name])),
          ),
        ),
        html(
          "tbody",
          {},
          preview.map((row) =>
            html(
              "tr",
              {},
              row.map((cell) => html("td", {}, cell ?? "")),
            ),
          ),
        ),
      ),
    ),
    mark(roles) {
      for (const name of columns) {
        const played = Object.keys(roles).filter((role) => roles[role].split("|").includes(name));
        marks[name].textContent = played.map((role) => WORDS.roles[role]).join(", ");
        marks[name].parentElement.classList.toggle("played", played.length > 0);
      }
    },
  };
}

function fieldsFor({ file, found, findings, chosen, blamed, message }) {
  const columns = columnFields(file, found, findings, chosen.columns);
  const written = writingFields(file.proposals, chosen);
  const equalWords = findings.find(({ option }) => option === "keep_equal_lines")?.words;
  const equalHelp = equalWords && inPlainWords(equalWords);
  const equal = field("keep_equal_lines", Object.entries(WORDS.equalLines), undefined, equalHelp);
  const returns = field("returns", Object.entries(WORDS.returns));
  for (const each of [equal, returns]) each.input.value = chosen[each.option] ?? "";
  const meanings = findings.map((finding) => meaningField(finding, message)).filter(Boolean);
  const simple = [...Object.values(written), equal, returns];
  const before = { sheet: written.sheet?.input.value, encoding: written.encoding?.input.value };
  const isAnew = () => Object.keys(before).some((name) => written[name] && written[name].input.value !== before[name]);
  const isOpen = () => ["date_order", "decimal"].includes(blamed) && !written[blamed].input.value;
  const byMeaning = group(
    WORDS.groups.meanings,
    [...meanings, equal, returns].map((each) => each.element),
  );
  const byWriting = group(
    WORDS.groups.written,
    Object.values(written).map((each) => each.element),
  );
  const isMeant = [...meanings, equal, returns].some(({ option }) => option === blamed);
  const first = isMeant ? byMeaning : written[blamed] ? byWriting : columns.element;
  const ofColumns = [columns.element, byMeaning];
  return {
    element: html("div", { class: "groups" }, [...new Set([first, ...ofColumns, byWriting])]),
    isAnew() {
      for (const each of ofColumns) each.hidden = isAnew();
      return isAnew();
    },
    roles: columns.roles,
    missing: () => (isAnew() ? null : isOpen() ? written[blamed] : columns.missing()),
    focus() {
      const asked = [...simple, ...meanings].find(({ option }) => option === blamed);
      const { input } = asked ?? columns.doubtful() ?? columns.first;
      input.focus({ preventScroll: true });
      input.scrollIntoView({ block: "nearest" });
    },
    query() {
      const picked = Object.fromEntries(simple.map((each) => [each.option, each.input.value]));
      const query = isAnew() ? picked : { ...chosen, ...picked, columns: columns.picked() };
      for (const each of isAnew() ? [] : meanings)
        for (const [name, value] of Object.entries(each.picked()))
          if (value) query[name] = query[name] ? `${query[name]};${value}` : value;
      return Object.fromEntries(Object.entries(query).filter(([, value]) => value));
    },
  };
}

/** Selects for how values are written; of sheets and encodings only where there is something to choose. */
function writingFields(proposals, chosen) {
  const choices = (name, words, none) => [
    ["", none],
    ...proposals[name].map((value) => [value, words[value] ?? value]),
  ];
  const fields = {
    date_order: field("date_order", choices("date_order", WORDS.dates, WORDS.findOut)),
    decimal: field("decimal", choices("decimal", WORDS.decimals, WORDS.findOut)),
  };
  if (proposals.sheet.length > 1) fields.sheet = field("sheet", choices("sheet", {}, WORDS.allSheets));
  if (proposals.encoding.length > 0)
    fields.encoding = field("encoding", choices("encoding", WORDS.encodings, WORDS.utf8));
  for (const [name, { input }] of Object.entries(fields)) input.value = chosen[name] ?? "";
  if (fields.encoding && !chosen.encoding) fields.encoding.input.value = proposals.encoding[0];
  return fields;
}

/** Selects of columns by role: whether amounts are totals of lines or prices decides which are asked for. */
function columnFields({ columns, proposals }, found, findings, chosen = "") {
  const picks = entriesIn(chosen);
  const settled = { ...proposals.named, ...found, ...picks };
  const hasPrice = settled.unit_price && settled.quantity && !picks.line_total;
  const mode = { value: hasPrice ? "price" : "total" };
  const roles = ["customer_id", "ordered_at", "line_total", "unit_price", "quantity", ...OTHERS];
  const counted = Object.entries(settled).filter(([role]) => hasPrice || role !== "unit_price");
  const taken = new Set(counted.map(([, name]) => name));
  const fields = Object.fromEntries(
    roles.map((role) => {
      const proposed = findings
        .filter(({ option, proposal }) => option === "columns" && proposal?.startsWith(`${role}=`))
        .map(({ proposal }) => proposal.slice(role.length + 1));
      const combined = [...proposed, settled[role]].filter((name) => name?.includes("|"));
      const likely = [...new Set([...combined, ...(proposals.columns[role] ?? []).slice(0, LIKELY)])];
      const guessed = NEEDED.includes(role) && likely.find((name) => !taken.has(name));
      const value = settled[role] ?? guessed ?? "";
      if (guessed && !settled[role] && !(role === "unit_price" && !hasPrice)) taken.add(value);
      const each = field(role, [], WORDS.roles[role], WORDS.help[role]);
      const option = (name) => html("option", { value: name }, columnName(name, columns));
      each.input.append(
        html("option", { value: "" }, NEEDED.includes(role) ? WORDS.choose : WORDS.none),
        likely.length > 0 && html("optgroup", { label: WORDS.likely }, likely.map(option)),
        html("optgroup", { label: WORDS.columns }, columns.filter((name) => !likely.includes(name)).map(option)),
      );
      each.input.value = value || "";
      each.isDoubtful = !settled[role];
      return [role, each];
    }),
  );
  const asked = () => ["customer_id", "ordered_at", ...(mode.value === "price" ? PRICE : TOTAL), ...OTHERS];
  const isNeeded = (role) => NEEDED.includes(role) || (role === "quantity" && mode.value === "price");
  const show = () => {
    for (const role of ["line_total", "unit_price"]) fields[role].element.hidden = !asked().includes(role);
  };
  const picked = () => {
    const values = asked().map((role) => [role, fields[role].input.value]);
    return Object.fromEntries(values.filter(([, name]) => name));
  };
  const radio = (value) =>
    html(
      "label",
      {},
      html("input", {
        type: "radio",
        name: "amounts",
        value,
        checked: mode.value === value,
        onchange: () => {
          mode.value = value;
          show();
        },
      }),
      html("span", {}, WORDS.amounts[value]),
    );
  show();
  return {
    element: group(WORDS.groups.columns, [
      fields.customer_id.element,
      fields.ordered_at.element,
      html(
        "fieldset",
        { class: "segmented wide" },
        html("legend", {}, WORDS.amounts.legend),
        html("div", { class: "two" }, radio("total"), radio("price")),
      ),
      ...["line_total", "unit_price", "quantity", ...OTHERS].map((role) => fields[role].element),
    ]),
    first: fields.customer_id,
    roles: picked,
    picked: () => Object.entries(picked()).map(entryOf).join(),
    doubtful: () => asked().map((role) => fields[role]).find((each) => each.isDoubtful && isNeeded(each.option)),
    missing() {
      const role = asked().find((each) => isNeeded(each) && !fields[each].input.value);
      return role && fields[role];
    },
  };
}

/** A role's column as CSV knows it, and back. */
const entryOf = ([role, name]) => (/[",]/.test(name) ? `"${role}=${name.replaceAll('"', '""')}"` : `${role}=${name}`);
const entriesIn = (columns) =>
  Object.fromEntries(
    [...columns.matchAll(/"((?:[^"]|"")*)"|([^,]+)/g)].map(([, inQuotes, plain]) => {
      const entry = inQuotes?.replaceAll('""', '"') ?? plain;
      return [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)];
    }),
  );

/** What a finding leaves open, as selects; null where no option decides it. `message` is what the dialog says. */
function meaningField({ code, option, words: sentence, column, values, proposal }, message) {
  const words = inPlainWords(sentence) === message ? null : inPlainWords(sentence); // said already
  if (option === "discount") {
    const hows = ["rate", "amount"].map((how) => [`${column}=${how}`, WORDS[how]]);
    return simpleField(option, [["", WORDS.leave], ...hows], column, words);
  }
  if (option === "returns_are") {
    const told = WORDS.areReturns(valuesIn(proposal).join(", "));
    return simpleField(option, [["", WORDS.leave], [proposal, told]], column, words);
  }
  if (option === "purchases" && proposal.endsWith("=*")) {
    return simpleField(option, [["", WORDS.meanings[""]], [proposal, WORDS.every]], column, words);
  }
  if (option !== "purchases" || values.length === 0) return null;
  const counts = code === "undecided_values"; // as it stands
  const fields = values.map((value, place) =>
    field(
      `purchases-${place}-${column}`,
      Object.entries(WORDS.meanings),
      `${column}: ${value}`,
      place === 0 ? words : null,
    ),
  );
  const picked = () => {
    const by = (meaning) => values.filter((_, place) => fields[place].input.value === meaning);
    const known = valuesIn(proposal).filter((value) => !values.includes(value));
    if (by("").length === values.length) return {};
    const purchases = [...known, ...by("purchase"), ...(counts ? by("") : [])];
    return {
      purchases: purchases.length > 0 && `${column}=${purchases.join()}`,
      returns_are: by("return").length > 0 && `${column}=${by("return").join()}`,
    };
  };
  return { option, input: fields[0].input, element: fields.map((each) => each.element), picked };
}

/** One select whose value is that of the option. */
function simpleField(option, choices, column, words) {
  const { input, element } = field(`${option}-${column}`, choices, column, words);
  return { option, input, element, picked: () => ({ [option]: input.value }) };
}

const valuesIn = (proposal) => proposal.slice(proposal.indexOf("=") + 1).split(",");

/** Columns of a file without a header are numbered; of two columns the first that is filled counts. */
const columnName = (name, columns) =>
  columns.includes(name) && /^\d+$/.test(name) && columns.every((each, place) => each === String(place + 1))
    ? WORDS.numbered(name)
    : columns.includes(name) ? name : name.split("|").join(WORDS.orElse);

const group = (title, elements, kind = "") =>
  html("section", { class: `group ${kind}` }, html("h3", {}, title), html("div", { class: "fields" }, elements));

function field(name, choices, label = WORDS.labels[name], help = WORDS.help[name]) {
  const id = `reading-${name.replaceAll(/[^\w]+/g, "-")}`;
  const input = html(
    "select",
    { id, "aria-describedby": help ? `${id}-help` : null },
    choices.map(([value, words]) => html("option", { value }, words)),
  );
  return {
    option: name,
    label,
    input,
    element: html(
      "div",
      { class: "field" },
      html("label", { for: id }, label),
      input,
      help && html("p", { class: "help", id: `${id}-help` }, help),
    ),
  };
}
