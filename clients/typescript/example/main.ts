/** An order file in, the customers to write to out. `?service=https://…` names a service that is not on this machine. */

import { CustomerValueClient, ProblemError, type RankedCustomer } from "customer-value-client";

const service = new URLSearchParams(location.search).get("service") ?? "http://127.0.0.1:8000";
const client = new CustomerValueClient({ baseUrl: service, timeoutMs: 120_000 });
const form = document.querySelector("form")!;
const status = document.querySelector("[role=status]")!;
const table = document.querySelector("table")!;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  status.textContent = "Ranking…";
  table.replaceChildren();
  try {
    const list = await client.rankCustomers(fields.get("orders") as File, { limit: Number(fields.get("limit")) });
    const money = new Intl.NumberFormat("en", { style: "currency", currency: list.currency });
    const { customers, expected_revenue_30d } = list.totals.treat;
    const expected = expected_revenue_30d === null ? "no sum of money is told" : money.format(expected_revenue_30d);
    status.textContent = `${customers} customers, ${expected} expected in 30 days`;
    table.append(...list.customers.filter(({ decision }) => decision === "treat").map((customer) => row(customer, money)));
  } catch (error) {
    status.textContent = error instanceof ProblemError ? error.message : `${service} does not answer: ${error}`;
  }
});

function row(customer: RankedCustomer, money: Intl.NumberFormat): HTMLTableRowElement {
  const line = document.createElement("tr");
  line.title = customer.reason;
  line.append(
    ...[customer.customer_id, money.format(customer.predicted_future_spend_30d), customer.customer_segment].map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }),
  );
  return line;
}
