/** Every word that the page says, in one place. Functions take numbers that are already formatted. */

// What the forecasts speak of, from the model card; the server writes it into the page.
const { horizonDays, activeDays, coverage } = globalThis.document?.documentElement.dataset ?? {};
const coveredIn100 = Math.round(coverage * 100);

const plural = (count, one, many) => `${count} ${count === "1" ? one : many}`;

export const texts = {
  skip: "Skip to the content",
  brand: "Customer value",
  nav: { label: "Main", shop: "A whole shop", customer: "One customer", docs: "API" },
  theme: {
    system: "Look: as the system. Change to light",
    light: "Look: light. Change to dark",
    dark: "Look: dark. Change to as the system",
  },

  home: {
    title: `What will your customers spend in the next ${horizonDays} days?`,
    lead: "Drop your orders: a forecast for every customer, learned from your own shop, with a record of how such forecasts came out and a list to act on.",
    customer: "One customer",
    customerLead: "A few numbers that every shop has. Start with a typical customer and change what you like:",
    customerMore: "Type in your own numbers",
    shop: "Your whole shop",
    shopLead: "Drop an export of order lines. You get the ranked list, the totals with their track record, and a campaign to download.",
    shopMore: "What the file needs",
    facts: [
      ["No account, nothing kept", "Orders are read for the answer and then forgotten."],
      [
        "Says how sure it is",
        `Every forecast says how likely an order is, and between which amounts ${coveredIn100} buyers in 100 stay.`,
      ],
      ["Built to be checked", "A control group tells afterwards what the campaign really brought."],
    ],
  },

  customer: {
    title: "One customer",
    lead: `What one customer will spend in the next ${horizonDays} days, how likely an order is, and what to do about it.`,
    form: "What you know",
    archetypes: "Start with a typical customer",
    submit: "Forecast",
    working: "Forecasting…",
    emptyTitle: "The forecast appears here",
    empty:
      "Choose a typical customer, or fill in the form: the chance of an order, what it would come to, the kind of customer, what to do, and why.",
  },
  archetypes: {
    high_value_active: ["High value", "spends a lot, was here this week"],
    at_risk: ["At risk", "a good customer gone quiet"],
    new_customer: ["New", "one order, last week"],
    habitual_buyer: ["Habitual", "ten small orders, one this month"],
    low_value_inactive: ["Inactive", "two small orders, long ago"],
  },
  fields: {
    customer_id: { label: "Customer id", help: "Yours; sent back unchanged, never stored." },
    total_spend: { label: "Total spend" },
    avg_spend: { label: "Average order value", help: "Worked out: total spend over orders." },
    num_transactions: { label: "Number of orders", unit: "orders" },
    total_units: { label: "Units bought", unit: "units" },
    unique_products: { label: "Different products", unit: "products" },
    recency_days: { label: "Days since last order", unit: "days" },
  },
  today: "today",
  checks: {
    required: "Fill this in.",
    number: "Write a number, such as 1400 or 49.30.",
    comma: (suggestion) => `Decimals need a point. Did you mean ${suggestion}?`,
    negative: "This cannot be negative.",
    tooLong: (longest) => `At most ${longest} characters.`,
    unprintable: "Control characters cannot be part of an id.",
    summary: (count) => `${plural(count, "field needs", "fields need")} another look.`,
  },

  answer: {
    title: (id) => `Customer ${id}`,
    spend: `Expected spend in the next ${horizonDays} days`,
    spendHelp: (nothing, low, high, mean) =>
      `${nothing} nothing; if they order, ${low} to ${high}, about ${mean} on average.`,
    spendNoInterval: "This model cannot tell what an order would come to.",
    coverage: (in100) => `The range holds for ${in100} in 100 who order.`,
    adds: (chance, mean, sign, spend) => `${chance} × ${mean} ${sign} ${spend}`,
    interval: (low, high, mean) => `Range from ${low} to ${high}, ${mean} on average.`,
    chance: "Chance of an order",
    chanceHelp: (in100) => `About ${in100} in 100 customers like this one order within ${horizonDays} days.`,
    gauge: (percent) => `Chance of an order: ${percent}`,
    segment: "Kind of customer",
    changes: "What would change it",
    insight: "In words",
    action: "What to do",
    reasons: "Why this much",
    reasonsLead: "From a typical customer's forecast to this one's, number by number.",
    base: "Typical customer",
    sum: "This forecast",
    warnings: "Worth knowing",
    source: {
      rules: "Worded by rules",
      llm: "Worded by a language model, checked against the numbers",
      groq: "Worded by a language model (Groq), checked against the numbers",
      cache: "Worded by a language model (Groq) for the same pattern before",
    },
    model: (version) => `Model ${version}`,
    code: "For developers",
    curl: "curl",
    json: "JSON answer",
    table: "As a table",
    tableFactor: "Number",
    tableValue: "Value",
    tableAmount: "Effect",
  },
  copy: { button: (what) => `Copy ${what}`, done: "Copied" },

  shop: {
    title: "A whole shop",
    lead: "Drop an export of your orders: one line per product of an order. A moment later you hold a list to act on.",
    drop: "Drop an order file here, or choose one",
    dropTypes: "CSV, XLSX or Parquet, also compressed",
    sample: "Try with sample orders",
    sampleName: "Sample shop",
    sampleHint: "A made-up shop of 500 customers over two years.",
    asOf: "Forecast from",
    asOfAgain: "Forecast anew",
    needsTitle: "What the file needs",
    needs: [
      ["Customer", "a number or code of whoever bought"],
      ["Date", "when it was ordered"],
      ["Amount", "quantity and unit price, or a line total"],
      ["Invoice and product", "not needed, and the forecast is better with them"],
    ],
    privacy: "The file goes to this service alone, is read for the answer, and is not kept.",
    tooMany: {
      title: "That was more than one file",
      todo: () => "Drop one file at a time; put several years into one.",
    },
    empty: {
      title: "This file is empty",
      todo: () => "Export the orders again, and look into the file before you drop it.",
    },
    tooLarge: {
      title: "This file is too large",
      todo: (size, limit) =>
        `It has ${size}, and the service takes ${limit}. Save it as Parquet, compress it (.csv.gz), or leave out columns that are not needed.`,
    },
    newFile: "Another file",
    cancel: "Cancel",
    cancelled: "Cancelled. Nothing was kept.",
  },
  options: {
    title: "Options",
    as_of: {
      label: "Forecast from",
      help: `The ${horizonDays} days begin here, and later lines are ignored. Empty: the midnight after the last line.`,
    },
    model: {
      label: "Learn from",
      choices: { "": "whatever suits", fit: "this file", loaded: "the model of this service" },
      help: "If left open: a model that was trained for your shop, else this file.",
    },
    columns: {
      label: "Unusual column names",
      help: "Usual names are found alone. Others: customer_id=Kunde, ordered_at=Datum, line_total=Betrag",
    },
    date_order: {
      label: "Dates such as 03/04/2026",
      choices: { "": "find out", day: "day first", month: "month first" },
      help: "Needed where no line decides.",
    },
    decimal: {
      label: "Amounts such as 1,234",
      choices: { "": "find out", point: "decimals after a point", comma: "decimals after a comma" },
      help: "Needed where no line decides.",
    },
    sheet: { label: "Sheet of the workbook", help: "Its name. Empty: all sheets." },
    refused: "This is what the message above is about.",
  },
  progress: {
    title: (name) => `Working on ${name}`,
    label: "How far it is",
    fetching: "Fetching the sample orders",
    amount: (sent, total) => `${sent} of ${total}`,
    seconds: (seconds) => `${seconds} s`,
    steps: {
      receiving: "Send the file",
      reading: "Read",
      cleaning: "Clean",
      fitting: "Learn from these orders",
      ranking: "Rank",
    },
    told: {
      receiving: "Sending the file:",
      reading: "Reading the file",
      cleaning: "Setting aside what is no purchase",
      fitting: "Learning from this shop's past months",
      ranking: "Ranking the customers",
    },
  },

  results: {
    summary: (customers, from, until) =>
      `${plural(customers, "customer", "customers")}, orders from ${from} to ${until}`,
    revenue: "Expected revenue",
    revenueHelp: (low, high) => `In ${coveredIn100} of 100 such months it ends between ${low} and ${high}.`,
    revenueAbove: (sum, percent, total) =>
      `These customers' forecasts add up to ${sum}; past months came in ${percent} above such sums, mostly by rare large orders, so ${total} are expected.`,
    revenueBelow: (sum, percent, total) =>
      `These customers' forecasts add up to ${sum}; past months came in ${percent} below such sums, so ${total} are expected.`,
    revenueWithout: "Without a range: too few past months to measure one.",
    revenueNote: "From customers known today, if you go on as before. New customers come on top.",
    buyers: "Expected buyers",
    buyersHelp: (share) => `${share} of the customers you know order in these ${horizonDays} days.`,
    customers: "Customers",
    customersHelp: (active) => `${active} of them bought within ${activeDays} days.`,
    contacted: "To contact",
    contactedHelp: (share, revenue) => `They hold ${share} of the expected revenue: ${revenue}.`,
    boundsTitle: "Where the kinds begin in this shop",
    bounds: (days, high, median, order) => [
      ["High Value", `bought within ${days} days, and more than ${high} is expected`],
      ["Habitual Buyer", `bought within ${days} days, two orders or more`],
      ["New Customer", `bought within ${days} days, one order`],
      ["At Risk", `quiet for longer, and more than ${median} is expected or an average order is above ${order}`],
      ["Low Value", "quiet for longer, and neither"],
    ],
    contactedBuyers: (share) => `They are ${share} of the expected buyers.`,
    warnings: "Worth knowing",
  },

  fitting: {
    ways: {
      fit: "Learned from this file.",
      loaded: "From the model that this service has been given.",
      example: "From the included example, which learned from another shop.",
    },
    models: {
      history_model: "a model of order histories",
      bgnbd_gamma_gamma: "BG/NBD with Gamma-Gamma, a classic for few orders",
      ranks: "a ranking alone",
      summary: "a model of six numbers",
    },
    between: (first, last) => `, from orders of ${first} to ${last}`,
    model: (model, days) => `Made with ${model}${days}.`,
    learned: (buyers, windows) =>
      `It learned from ${plural(buyers, "past buyer", "past buyers")} in ${plural(windows, "month", "months")}.`,
    drawn: (drawn, all) => `Of ${all} rows ${drawn} were drawn, the same ones each time.`,
    why: "Why this one",
    whys: {
      fit: "What is true of one shop misleads in another, so the forecast learned from the orders at hand.",
      loaded: "Whoever runs this service trained it, so it answers before anything is learned anew.",
      example: "It answers where it is asked for. It knows another shop, so amounts and totals may be far off.",
    },
    rule: (reason) => `The rule that chose it: ${reason}.`,
    ranked: (model, version) => `Ranked by ${model}, version ${version}.`,
    example: (shop) => `These six numbers are answered by an example that learned from ${shop}; amounts of your shop may differ.`,
    ownFile: "Drop your own orders",
    or: ", or train a model of your own with ",
  },

  record: {
    title: "What such forecasts came to",
    poor: "Read this first: forecasts for this shop have been far off",
    none: "No total for this shop yet",
    noneOfFile:
      "The file holds too few past months to test a forecast on, so a sum of money would be a guess. The order of the list is what it can tell.",
    noneOfLoaded:
      "The model was not learned from this file, so nobody knows how its forecasts come out here, and a sum of money would be a guess. Choose to learn from this file under Options.",
    inside: (inside, all) => `${inside} of ${plural(all, "month", "months")} ended inside the range.`,
    miss: (percent) => `Half of the forecasts were off by ${percent} or less.`,
    lately: `The last ${horizonDays} days came to`,
    yearAgo: `The same ${horizonDays} days a year ago`,
    unknown: "not in the file",
    range: (low, high) => `${low} to ${high}`,
    noRange: "none",
    row: (from, forecast, realised) => `from ${from}: ${forecast} forecast, came to ${realised}`,
    chart: (rows) => `Past forecasts of this shop, and what came: ${rows}.`,
    legend: { range: "range", forecast: "forecast", realised: "came to" },
    columns: [`${horizonDays} days from`, "Forecast", "Range", "Came to"],
  },

  campaign: {
    title: "The campaign",
    lead: "Who is contacted, from the top of the list down. Everything below redraws at once.",
    mode: "How many",
    modes: { budget: "By budget", limit: "By number", everyone: "Everyone" },
    budget: "Budget",
    contactCost: "Cost of one contact",
    limit: "Customers to contact",
    controlShare: "Held out as control group",
    controlHelp: "Drawn by customer id, so the same customers stay out each time.",
    exact: (name) => `${name}, exact`,
    proposal: (share) => `To begin with, as far down the list as ${share} of the expected revenue.`,
    ofHundred: "%",
    tooMuch: (most) => `At most ${most}.`,
    aboveZero: "More than 0, please.",
    whole: "A whole number, please.",
    number: "A number, please.",
    segments: "Kinds of customers",
    decisions: { treat: "Contact", control: "Control group", below_budget: "Not contacted", left_alone: "Leave alone" },
    decisionHelp: {
      treat: "the campaign goes to them",
      control: "held out on purpose, to compare with",
      below_budget: "beyond the budget or the number",
      left_alone: "what suits them costs nothing, not even a contact",
    },
    buyers: (buyers) => `${plural(buyers, "buyer", "buyers")} expected`,
    actionCosts: "Some actions cost more than the contact, such as free delivery or a call; that is added to each customer's.",
    revenue: (money) => `${money} expected`,
    cost: (money) => `costs ${money}`,
    breakEven: (money, percent) =>
      `A contact with its action costs ${money} on average and pays for itself if it adds that much margin, ${percent} of what such a customer is expected to spend.`,
    nobody:
      "Nobody is contacted with these settings. Raise the budget or the number, or choose more kinds of customers.",
    power: (customers, effect, average) =>
      `The ${customers} held out will show an effect of ${effect} per customer or more, where ${average} is expected of each.`,
    weak: (customers, effect, average) =>
      `This control group will hardly tell anything: its ${customers} would show an effect of ${effect} per customer, and only ${average} is expected of each.`,
    needed: (needed) => `To show half of that average, hold out ${needed}.`,
    neededMore: (needed) => `To show half of that average takes ${needed} held out and as many contacted.`,
    noControl: "Without a control group nobody can tell afterwards what the campaign brought.",
    status: (treat, control, cost) =>
      `${plural(treat, "customer", "customers")} to contact, ${control} in the control group${cost ? `, for ${cost}` : ""}.`,
  },
  download: {
    preset: "Format",
    presets: { plain: "All columns", klaviyo: "Klaviyo", mailchimp: "Mailchimp", meta: "Meta custom audience" },
    button: "Download campaign CSV",
    short: "Download",
    plainHint: (rows) => `${plural(rows, "row", "rows")}: everyone in the campaign, with the decision`,
    audienceHint: (rows) => `${plural(rows, "row", "rows")}: those to contact`,
    noAddresses: "No e-mails in the orders: match by the customer id",
    done: (name) => `${name} is downloaded.`,
  },

  cleaning: {
    title: "How the file was read",
    kept: (kept, read, share) => `${kept} of ${read} lines are purchases (${share}).`,
    all: (read) =>
      `${read === "1" ? "The one line is a purchase" : `All ${read} lines are purchases`}; nothing was left out.`,
    found: (customers, orders, spend) =>
      `That makes ${plural(customers, "customer", "customers")} and ${plural(orders, "order", "orders")} worth ${spend}.`,
    dropped: "Left out",
    columns: "Columns that were used",
    reasons: {
      "no customer id": "without a customer: nobody to write to",
      "no date": "without a readable date",
      "quantity is no number": "without a readable quantity",
      "price is no number": "without a readable price",
      "quantity <= 0": "returns and cancellations",
      "price <= 0": "free or without a price",
      "exact duplicate": "exact copies of another line",
      "not before as_of": "after the day the forecast begins",
    },
    missing: {
      invoice: "No invoice column: what was bought on one day counts as one order.",
      product: "No product column: the number of different products is unknown.",
    },
    lines: (count) => plural(count, "line", "lines"),
    worth: (money) => `worth ${money}`,
    roles: {
      customer_id: "Customer",
      ordered_at: "Date",
      invoice: "Invoice",
      product: "Product",
      quantity: "Quantity",
      unit_price: "Unit price",
      line_total: "Line total",
      currency: "Currency",
      email: "E-mail",
      name: "Name",
    },
  },

  segments: {
    title: "Revenue by kind of customer",
    lead: `Expected in the next ${horizonDays} days.`,
    chart: (parts) => `Expected revenue by kind of customer: ${parts}.`,
    row: (customers, buyers) =>
      `${plural(customers, "customer", "customers")}, ${plural(buyers, "buyer", "buyers")} expected`,
    columns: ["Kind", "Customers", "Buyers expected", "Revenue expected"],
    ofBuyers: {
      title: "Buyers by kind of customer",
      lead: `Expected in the next ${horizonDays} days.`,
      chart: (parts) => `Expected buyers by kind of customer: ${parts}.`,
      buyers: (buyers) => plural(buyers, "buyer", "buyers"),
    },
  },
  map: {
    title: "The shop on a map",
    lead: "Every dot is a customer: the further right, the more recent the last order; the higher, the more orders. Click a dot to find the customer in the list.",
    x: "days since the last order",
    y: "orders",
    lapsed: (days) => `quiet for ${days} days`,
    chart: (parts) => `Map of customers by days since the last order and number of orders. ${parts}.`,
    part: (segment, days, orders) => `${segment}: typically ${days} days ago, ${orders} orders`,
    columns: ["Kind", "Customers", "Days since last order (median)", "Orders (median)"],
    dot: (id, segment, orders, days, spend) => [
      `${id}`,
      segment,
      `${plural(orders, "order", "orders")}, last ${plural(days, "day", "days")} ago`,
      `${spend} expected`,
    ],
  },
  gain: {
    title: "How far the list reaches",
    lead: "Share of the expected revenue that the best customers hold.",
    x: "customers, from the top of the list",
    y: "expected revenue",
    chance: "in any order",
    point: (customers, share) => `the first ${customers} hold ${share}`,
    shortPoint: (customers, share) => `${customers}: ${share}`,
    chart: (rows) => `Gain curve. ${rows}`,
    row: (top, share) => `The best ${top} hold ${share}.`,
    columns: ["Best customers", "Number", "Share of expected revenue"],
    reach: (all, share, contacted, heldOut, alone) =>
      `The first ${all} hold ${share}: ${contacted} to contact, ${heldOut} held out${alone === "0" ? "" : `, ${alone} left alone`}.`,
    note: "Expected revenue, contacted or not. What a contact adds, only the control group can show.",
  },
  table: {
    title: "The ranked list",
    search: "Find a customer",
    searchHint: "Id or part of it",
    segment: "Kind",
    decision: "Decision",
    any: "All",
    columns: {
      rank: "Rank",
      customer_id: "Customer",
      predicted_future_spend_30d: "Expected spend",
      interval: "If they order",
      purchase_probability_30d: "Chance",
      num_transactions: "Orders",
      recency_days: "Last order",
      customer_segment: "Kind",
      decision: "Decision",
    },
    daysAgo: (days) => (days === "0" ? "today" : `${days} d ago`),
    details: (id) => `Details of ${id}`,
    count: (shown, all) =>
      shown === all ? plural(all, "customer", "customers") : `${shown} of ${plural(all, "customer", "customers")}`,
    none: "No customer matches. Clear the search or choose another kind.",
    clear: "Clear the filters",
    pages: "Pages of the list",
    page: (page, pages) => `Page ${page} of ${pages}`,
    previous: "Previous page",
    next: "Next page",
    reason: "Reason",
    action: "What to do",
    numbers: "The six numbers",
    chance: (percent) => `Chance of an order: ${percent}`,
    ifBuying: (range) => `If they order: ${range}`,
    outside: "not in this campaign",
  },

  key: {
    title: "This service asks for a key",
    missing: "Whoever runs it has set API_KEYS and can give you one.",
    wrong: "The service does not know this key. Check it for missing characters.",
    label: "API key",
    kept: "Kept in this tab until you close it, sent to this service alone.",
    use: "Use this key",
    cancel: "Cancel",
  },

  problems: {
    todo: "What to do",
    again: "Try again",
    now: "Try now",
    stop: "Stop waiting",
    offline: {
      title: "You are offline",
      todo: "What is on the page stays. It goes on as soon as the connection is back.",
    },
    unreachable: {
      title: "The service does not answer",
      todo: "Check that it is running, and that no proxy or filter is in the way. Then try again.",
    },
    waking: {
      title: "The host is waking up",
      todo: (seconds) =>
        `Hosts on free plans sleep when nobody asks, and take up to a minute to wake. Waiting for ${seconds} s; it goes on by itself.`,
    },
    slow: {
      title: "This takes longer than usual",
      todo: "The host may be waking up; on a free plan that takes up to a minute. It goes on by itself.",
    },
    busy: { title: "Too many requests", todo: (seconds) => `The limit is reached. Asking again in ${seconds} s.` },
    full: {
      title: "The service is busy",
      todo: (seconds) => `Others are being answered. Asking again in ${seconds} s.`,
    },
    gaveUp: "Several attempts were refused. Wait a minute, then try again.",
    byStatus: {
      400: { title: "The request cannot be answered as it is", todo: "Correct what is named, then try again." },
      401: { title: "A key is needed", todo: "Try again and give the key of this service." },
      404: {
        title: "This service cannot do that",
        todo: "It may be of an older version. Update it, or look into the API's documentation.",
      },
      413: {
        title: "That is too much at once",
        todo: "Save the file as Parquet or compress it (.csv.gz), leave out columns that are not needed, or raise MAX_UPLOAD_BYTES.",
      },
      415: {
        title: "This kind of file cannot be read",
        todo: "Save it as CSV, XLSX or Parquet, with the ending of its name to match.",
      },
      422: { title: "Something in there needs a correction", todo: "Correct what is named below, then try again." },
      429: { title: "Too many requests", todo: "Wait a minute, then try again." },
      500: {
        title: "The service failed",
        todo: "Try again. If it fails again, whoever runs it finds the reason in the log under this request id:",
      },
      503: { title: "The service is not ready", todo: "Wait a moment, then try again." },
    },
    file422: "Set what is named under Options and try again, or correct the file and drop it anew.",
    unexpected: {
      title: "The answer could not be read",
      todo: "Something between you and the service changed it, or this page is of another version. Reload the page.",
    },
    bad: { title: "The page failed", todo: "Reload it. If it fails again, please report what is written here:" },
    requestId: (id) => `Request ${id}`,
  },

  foot: {
    about:
      `Short-term customer lifetime value: a forecast of the next ${horizonDays} days. It is no promise, and it speaks of customers known today.`,
    docs: "API documentation",
    model: "Model card",
    health: "Health",
  },
};

/** A text by its dotted name, as `data-text` has it. */
export const textAt = (name) => name.split(".").reduce((part, key) => part[key], texts);
