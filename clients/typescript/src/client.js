/** A client of the customer value service; nothing but `fetch` underneath, so it runs in browsers and in Node. */
import { ProblemError, retryAfterSeconds } from "./problem.js";
export { ProblemError };
export class CustomerValueClient {
    #options;
    constructor(options) {
        this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, "") };
    }
    /** One customer, from six numbers. */
    predictCustomerValue(customer, options = {}) {
        return this.#json("POST", "/predict_customer_value", { query: { insight: options.insight }, body: customer, options });
    }
    /** Up to 10,000 customers, in the order asked; with `fields`, only these of each. */
    predictCustomerValues(customers, options = {}) {
        const query = { insight: options.insight, fields: options.fields };
        return this.#json("POST", "/predict_customer_values", { query, body: customers, options });
    }
    /** One customer, from order lines. */
    predictFromOrders(customer, options = {}) {
        return this.#json("POST", "/predict_from_orders", { query: { insight: options.insight }, body: customer, options });
    }
    /** A whole shop as a ranked list: an order file (its name tells the kind), or order lines. */
    rankCustomers(shop, ranking = {}, options) {
        return this.#json("POST", "/rank_customers", { query: { ...ranking }, body: form(shop), options });
    }
    /** The same as a table: all columns, or those that a marketing tool imports. */
    async rankCustomersAsCsv(shop, ranking = {}, options) {
        const call = { query: { ...ranking }, body: form(shop), accept: "text/csv", options };
        return (await this.#send("POST", "/rank_customers", call)).text();
    }
    /** The model card: data, features, measures, thresholds. */
    model(options) {
        return this.#json("GET", "/model", { options });
    }
    /** What insights have cost today. */
    usage(options) {
        return this.#json("GET", "/usage", { options });
    }
    /** Whether the process is up. */
    health(options) {
        return this.#json("GET", "/health", { options });
    }
    /** Whether the model is loaded; a sleeping host takes up to a minute to answer, so give it `timeoutMs: 90_000`. */
    ready(options) {
        return this.#json("GET", "/ready", { options });
    }
    /** Counters in the Prometheus text format. */
    async metrics(options) {
        return (await this.#send("GET", "/metrics", { accept: "text/plain", options })).text();
    }
    async #json(method, path, call) {
        return (await this.#send(method, path, call)).json();
    }
    /** Send; a 503 that says when to come back is asked once more, and nothing else is. */
    async #send(method, path, call) {
        const signal = this.#signal(call.options);
        const send = () => fetch(this.#address(path, call.query), this.#request(method, call, signal));
        let response = await send();
        const seconds = retryAfterSeconds(response);
        if (response.status === 503 && seconds !== undefined) {
            await response.body?.cancel();
            await pause(Math.min(seconds * 1000, this.#options.longestWaitMs ?? 10_000), signal);
            response = await send();
        }
        if (!response.ok)
            throw await ProblemError.of(response);
        return response;
    }
    #address(path, query = {}) {
        const given = Object.entries(query).filter(([, value]) => value !== undefined);
        const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
        return `${this.#options.baseUrl}${path}${given.length ? `?${search}` : ""}`;
    }
    #request(method, { body, accept = "application/json" }, signal) {
        const headers = { Accept: accept };
        if (this.#options.apiKey)
            headers["X-API-Key"] = this.#options.apiKey;
        if (body === undefined || body instanceof FormData)
            return { method, headers, signal, body: body ?? null };
        return { method, headers: { ...headers, "Content-Type": "application/json" }, signal, body: JSON.stringify(body) };
    }
    #signal(options = {}) {
        const timeout = AbortSignal.timeout(options.timeoutMs ?? this.#options.timeoutMs ?? 30_000);
        return options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    }
}
/** A file as the form that carries it; order lines as they are. */
function form(shop) {
    if (!(shop instanceof Blob))
        return shop;
    const data = new FormData();
    data.append("file", shop, "name" in shop ? String(shop.name) : "orders.csv");
    return data;
}
function pause(milliseconds, signal) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
    });
}
