/** Every method against a live service; SERVICE_URL asks for API_KEY, BUSY_URL has room for one request, LIMITED_URL for one a minute. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { test } from "node:test";

import { CustomerValueClient, ProblemError, type Customer, type ShopLines } from "../src/client.js";

function variable(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

const serviceUrl = variable("SERVICE_URL");
const client = new CustomerValueClient({ baseUrl: `${serviceUrl}/`, apiKey: variable("API_KEY") });
const busy = new CustomerValueClient({ baseUrl: variable("BUSY_URL") });
const customer: Customer = { customer_id: "13085", features: [1400, 140, 10, 800, 60, 12] };
const shop: ShopLines = {
  order_lines: [
    { customer_id: "13085", line_total: 61.5, ordered_at: "2011-10-14" },
    { customer_id: "13085", line_total: 61.5, ordered_at: "2011-11-14" },
    { customer_id: "14646", line_total: 900, ordered_at: "2011-11-20" },
  ],
};

async function problem(call: Promise<unknown>): Promise<ProblemError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error;
  }
  return assert.fail("the call succeeded");
}

test("one customer, by order and by name", async () => {
  const answer = await client.predictCustomerValue(customer);
  const features = { total_spend: 1400, avg_spend: 140, num_transactions: 10, total_units: 800, unique_products: 60, recency_days: 12 };
  const byName = await client.predictCustomerValue({ customer_id: "13085", features }, { insight: "none" });

  assert.equal(answer.customer_segment, "Habitual Buyer");
  assert.equal(byName.predicted_future_spend_30d, answer.predicted_future_spend_30d);
  assert.equal(byName.insight, "");
});

test("many customers, in the order asked", async () => {
  const answers = await client.predictCustomerValues([customer, { ...customer, customer_id: "2" }], {
    fields: ["customer_id", "predicted_future_spend_30d"],
  });

  assert.deepEqual(answers.map((answer) => answer.customer_id), ["13085", "2"]);
  assert.deepEqual(Object.keys(answers[0] ?? {}), ["customer_id", "predicted_future_spend_30d"]);
});

test("many customers as columns, in the order asked", async () => {
  const columns = {
    customer_id: ["13085", "2"],
    total_spend: [1400, 180],
    avg_spend: [140, 180],
    num_transactions: [10, 1],
    total_units: [800, 95],
    unique_products: [60, 14],
    recency_days: [12, 9],
  };
  const answers = await client.predictCustomerColumns(columns, { fields: ["customer_id", "customer_segment"] });

  assert.deepEqual(answers, { customer_id: ["13085", "2"], customer_segment: ["Habitual Buyer", "New Customer"] });
});

test("one customer from order lines", async () => {
  const order_lines = [{ line_total: 44.9, ordered_at: "2011-11-30T16:05:00" }];

  assert.equal((await client.predictFromOrders({ customer_id: "18074", order_lines })).evidence, "one_order");
});

test("a whole shop from lines", async () => {
  const everybody = await client.rankCustomers(shop, { limit: 1 });
  const segment = everybody.customers[0]!.customer_segment;

  const list = await client.rankCustomers(shop, { limit: 1, segments: [segment] });

  assert.deepEqual(list.campaign.segments, [segment]);
  assert.equal(
    list.customers.length,
    everybody.customers.filter(({ customer_segment }) => customer_segment === segment).length,
  );
  assert.equal(list.totals.treat.customers, 1);
});

test("a whole shop from a file", async () => {
  const list = await client.rankCustomers(await client.sampleOrders(), { budget: 100, contact_cost: 0.5, control_share: 0.1 });

  assert.equal(list.totals.customers, list.customers.length);
  assert.ok(list.totals.treat.cost! > 0 && list.totals.treat.cost! <= 100);
});

test("a file that must be read otherwise says how", async () => {
  const file = new File(["Person,Day of sale,Worth\nC1,2025-01-05,20\nC1,2025-01-05,20\n"], "orders.csv");

  const refused = await client.rankCustomers(file).catch((error: unknown) => error);
  assert.ok(refused instanceof ProblemError);
  const likely = refused.problem?.proposals?.columns ?? {};
  const columns = ["customer_id", "ordered_at", "line_total"].map((role) => `${role}=${likely[role]?.[0]}`).join();
  const list = await client.rankCustomers(file, { columns, keep_equal_lines: true });

  assert.equal(columns, "customer_id=Person,ordered_at=Day of sale,line_total=Worth");
  assert.equal(list.cleaning.spend, 40);
});

test("a whole shop as an audience", async () => {
  const [header, ...rows] = (await client.rankCustomersAsCsv(shop, { preset: "klaviyo", limit: 1 })).trim().split("\r\n");

  assert.match(header ?? "", /^Email Address,External ID,/);
  assert.equal(rows.length, 1);
});

test("what the service tells of itself", async () => {
  assert.equal((await client.health()).status, "ok");
  assert.equal((await client.ready()).model_version, (await client.model()).model_version);
  assert.equal((await client.usage()).calls, 0);
  assert.match(await client.metrics(), /http_requests_total/);
});

test("a broken rule names place and rule", async () => {
  const error = await problem(client.predictCustomerValue({ ...customer, features: [1, 1, 1, 1, 1, -3] }));

  assert.equal(error.status, 422);
  assert.deepEqual(error.problem?.errors[0]?.loc, ["body", "features", 5]);
  assert.match(error.message, /recency_days.*is -3/);
  assert.equal(error.requestId, error.problem?.request_id);
});

test("a missing key is 401", async () => {
  const error = await problem(new CustomerValueClient({ baseUrl: serviceUrl }).predictCustomerValue(customer));

  assert.equal(error.status, 401);
});

test("who asks too often is told for how long to wait", async () => {
  const limited = new CustomerValueClient({ baseUrl: variable("LIMITED_URL") });
  await limited.predictCustomerValue(customer);

  const error = await problem(limited.predictCustomerValue(customer));

  assert.deepEqual([error.status, error.problem?.title], [429, "Too Many Requests"]);
  assert.ok(error.retryAfterSeconds! >= 1 && error.retryAfterSeconds! <= 60);
  assert.match(error.message, /ask again in \d+ seconds/);
});

/** A host in front of a service: it answers everything alike, and counts. */
async function host(status: number, headers: Record<string, string> = {}) {
  let asked = 0;
  const server = createServer((_, response) => (asked++, response.writeHead(status, headers).end("<h1>Sorry</h1>")));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { client: new CustomerValueClient({ baseUrl: `http://127.0.0.1:${port}`, longestWaitMs: 5 }), asked: () => asked, server };
}

test("an answer without a problem is an error all the same", async () => {
  const { client, server } = await host(502);
  const error = await problem(client.ready());
  server.close();

  assert.deepEqual([error.status, error.problem, error.message], [502, undefined, "the host answered 502 without a reason"]);
});

test("a caller can give up", async () => {
  const controller = new AbortController();
  const call = client.rankCustomers(shop, {}, { signal: controller.signal });
  controller.abort(new Error("another customer was chosen"));

  await assert.rejects(call, /another customer was chosen/);
});

test("a call ends with its time", async () => {
  await assert.rejects(client.rankCustomers(shop, {}, { timeoutMs: 1 }), { name: "TimeoutError" });
});

/** Fill the only place with a request whose body does not come; gives what makes room again. */
function occupy(): Promise<() => void> {
  const { hostname, port } = new URL(variable("BUSY_URL"));
  const head = "POST /predict_customer_value HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(head, () => setTimeout(resolve, 200, () => socket.destroy())));
  });
}

async function refused(): Promise<number> {
  const metrics = await busy.metrics();
  return Number(/http_requests_total\{.*route="\/predict_customer_value",status="503"\} (\S+)/.exec(metrics)?.[1] ?? 0);
}

test("a full service is asked once more when it says", async () => {
  const makeRoom = await occupy();
  setTimeout(makeRoom, 300);

  assert.equal((await busy.predictCustomerValue(customer)).customer_id, "13085");
  assert.equal(await refused(), 1);
});

test("and not a third time", async () => {
  const before = await refused();
  const makeRoom = await occupy();
  const error = await problem(busy.predictCustomerValue(customer));
  makeRoom();

  assert.deepEqual([error.status, error.retryAfterSeconds, await refused()], [503, 1, before + 2]);
});

test("nothing but a 503 with Retry-After is asked again, and nobody waits longer than asked to", async () => {
  for (const [status, headers, times] of [
    [503, { "Retry-After": "3600" }, 2],
    [503, { "Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT" }, 2],
    [503, {}, 1],
    [429, { "Retry-After": "1" }, 1],
    [500, {}, 1],
    [422, {}, 1],
  ] as const) {
    const { client, asked, server } = await host(status, headers);
    const error = await problem(client.ready());
    server.close();

    assert.deepEqual([error.status, asked()], [status, times]);
  }
});
