-- One row per customer, invoice and moment: spend, units and lines, each line counted once.
-- Sums of money are rounded far below a cent, because the order of a parallel sum moves its last bits.
SELECT
    CAST(customer_id AS VARCHAR) AS customer_id,
    CAST(invoice AS VARCHAR) AS invoice,
    ordered_at,
    round(sum(spend), 6) AS spend,
    round(sum(units), 6) AS units,
    CAST(sum(lines) AS BIGINT) AS lines
FROM (
    SELECT customer_id, invoice, ordered_at, spend, quantity AS units, 1 AS lines FROM kept_lines
    UNION ALL
    SELECT customer_id, invoice, ordered_at, -copies * spend, -copies * quantity, -copies FROM surplus_copies
) AS each_line_once
GROUP BY customer_id, invoice, ordered_at
