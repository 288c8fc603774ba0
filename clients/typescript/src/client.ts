/** A client of the customer value service; nothing but `fetch` underneath, so it runs in browsers and in Node. */

import { ProblemError, retryAfterSeconds } from "./problem.js";
import type { components, operations } from "./schema.js";

export { ProblemError };
type Schemas = components["schemas"];
export type Customer = Schemas["PredictionRequest"];
export type CustomerAnswer = Schemas["CustomerResponse"];
export type BatchAnswer = Schemas["BatchResponse"];
export type CustomerColumns = Schemas["CustomerColumns"];
export type AnswerColumns = Schemas["ColumnsResponse"];
export type CustomerOrders = Schemas["OrdersRequest"];
export type OrdersAnswer = Schemas["OrdersResponse"];
export type ShopLines = Schemas["ShopRequest"];
export type RankedList = Schemas["RankedList"];
export type RankedCustomer = Schemas["RankedCustomer"];
export type Segment = Schemas["Segment"];
export type Problem = Schemas["ProblemBody"];
export type ModelCard = Schemas["ModelResponse"];
export type Usage = Schemas["UsageReport"];
export type Readiness = Schemas["Readiness"];

type QueryOf<Route extends keyof operations> = NonNullable<operations[Route]["parameters"]["query"]>;
type Ranking = QueryOf<"rank_customers">;
export type Preset = NonNullable<Ranking["preset"]>;
export type Insight = NonNullable<QueryOf<"predict_customer_value">["insight"]>;
/** The options of a ranked list; segments as a list. */
export type RankingOptions = Omit<Ranking, "segments" | "preset"> & { segments?: Segment[] };

export interface ClientOptions {
  /** Where the service answers, such as http://127.0.0.1:8000. */
  baseUrl: string;
  /** One of the service's API_KEYS, where it has any. A key in a public page is no secret. */
  apiKey?: string;
  /** Milliseconds that a call may take, its retry included; 30,000 where left out. */
  timeoutMs?: number;
  /** Milliseconds at most between a 503 and the one retry; 10,000 where left out. */
  longestWaitMs?: number;
}

export interface CallOptions {
  /** Ends the call early; it then fails with the signal's reason. */
  signal?: AbortSignal;
  /** In place of the client's own. */
  timeoutMs?: number;
}

type Query = Record<string, string | number | boolean | readonly string[] | undefined>;
interface Call {
  query?: Query;
  body?: unknown;
  accept?: string;
  options?: CallOptions | undefined;
}

export class CustomerValueClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, "") };
  }

  /** One customer, from six numbers. */
  predictCustomerValue(customer: Customer, options: CallOptions & { insight?: Insight } = {}): Promise<CustomerAnswer> {
    return this.#json("POST", "/predict_customer_value", { query: { insight: options.insight }, body: customer, options });
  }

  /** Up to 10,000 customers, in the order asked; with `fields`, only these of each. */
  predictCustomerValues(
    customers: Customer[],
    options: CallOptions & { insight?: Insight; fields?: (keyof BatchAnswer)[] } = {},
  ): Promise<BatchAnswer[]> {
    const query = { insight: options.insight, fields: options.fields };
    return this.#json("POST", "/predict_customer_values", { query, body: customers, options });
  }

  /** The same with a list for each field, in the question and in the answer. */
  predictCustomerColumns(
    columns: CustomerColumns,
    options: CallOptions & { insight?: Insight; fields?: (keyof AnswerColumns)[] } = {},
  ): Promise<AnswerColumns> {
    const query = { insight: options.insight, fields: options.fields };
    return this.#json("POST", "/predict_customer_values", { query, body: columns, options });
  }

  /** One customer, from order lines. */
  predictFromOrders(customer: CustomerOrders, options: CallOptions & { insight?: Insight } = {}): Promise<OrdersAnswer> {
    return this.#json("POST", "/predict_from_orders", { query: { insight: options.insight }, body: customer, options });
  }

  /** A whole shop as a ranked list: an order file (its name tells the kind), or order lines. */
  rankCustomers(shop: Blob | ShopLines, ranking: RankingOptions = {}, options?: CallOptions): Promise<RankedList> {
    return this.#json("POST", "/rank_customers", { query: { ...ranking }, body: form(shop), options });
  }

  /** The same as a table: all columns, or those that a marketing tool imports. */
  async rankCustomersAsCsv(
    shop: Blob | ShopLines,
    ranking: RankingOptions & { preset?: Preset } = {},
    options?: CallOptions,
  ): Promise<string> {
    const call = { query: { ...ranking }, body: form(shop), accept: "text/csv", options };
    return (await this.#send("POST", "/rank_customers", call)).text();
  }

  /** The model card: data, features, measures, thresholds. */
  model(options?: CallOptions): Promise<ModelCard> {
    return this.#json("GET", "/model", { options });
  }

  /** What insights have cost today. */
  usage(options?: CallOptions): Promise<Usage> {
    return this.#json("GET", "/usage", { options });
  }

  /** Whether the process is up. */
  health(options?: CallOptions): Promise<Schemas["Health"]> {
    return this.#json("GET", "/health", { options });
  }

  /** Whether the model is loaded; a sleeping host takes up to a minute to answer, so give it `timeoutMs: 90_000`. */
  ready(options?: CallOptions): Promise<Readiness> {
    return this.#json("GET", "/ready", { options });
  }

  /** The order lines of an invented shop, as a file for `rankCustomers`. */
  async sampleOrders(options?: CallOptions): Promise<File> {
    const response = await this.#send("GET", "/sample_orders.csv", { accept: "text/csv", options });
    return new File([await response.blob()], "sample_orders.csv", { type: "text/csv" });
  }

  /** Counters in the Prometheus text format. */
  async metrics(options?: CallOptions): Promise<string> {
    return (await this.#send("GET", "/metrics", { accept: "text/plain", options })).text();
  }

  async #json<Answer>(method: string, path: string, call: Call): Promise<Answer> {
    return (await this.#send(method, path, call)).json() as Promise<Answer>;
  }

  /** Send; a 503 that says when to come back is asked once more, and nothing else is. */
  async #send(method: string, path: string, call: Call): Promise<Response> {
    const signal = this.#signal(call.options);
    const send = () => fetch(this.#address(path, call.query), this.#request(method, call, signal));
    let response = await send();
    const seconds = retryAfterSeconds(response);
    if (response.status === 503 && seconds !== undefined) {
      await response.body?.cancel();
      await pause(Math.min(seconds * 1000, this.#options.longestWaitMs ?? 10_000), signal);
      response = await send();
    }
    if (!response.ok) throw await ProblemError.of(response);
    return response;
  }

  #address(path: string, query: Query = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
    return `${this.#options.baseUrl}${path}${given.length ? `?${search}` : ""}`;
  }

  #request(method: string, { body, accept = "application/json" }: Call, signal: AbortSignal): RequestInit {
    const headers: Record<string, string> = { Accept: accept };
    if (this.#options.apiKey) headers["X-API-Key"] = this.#options.apiKey;
    if (body === undefined || body instanceof FormData) return { method, headers, signal, body: body ?? null };
    return { method, headers: { ...headers, "Content-Type": "application/json" }, signal, body: JSON.stringify(body) };
  }

  #signal(options: CallOptions = {}): AbortSignal {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? this.#options.timeoutMs ?? 30_000);
    return options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  }
}

/** A file as the form that carries it; order lines as they are. */
function form(shop: Blob | ShopLines): FormData | ShopLines {
  if (!(shop instanceof Blob)) return shop;
  const data = new FormData();
  data.append("file", shop, "name" in shop ? String(shop.name) : "orders.csv");
  return data;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true });
  });
}
