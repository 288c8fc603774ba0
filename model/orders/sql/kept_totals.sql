-- What the orders of an export come to.
SELECT
    sum(lines) AS lines_kept,
    count(DISTINCT CASE WHEN spend > 0 THEN customer_id END) AS customers,
    coalesce(sum(CASE WHEN opens_invoice THEN 1 ELSE 0 END), 0) AS orders,
    sum(spend) AS spend,
    min(ordered_at) AS first_line_at,
    max(ordered_at) AS last_line_at
FROM orders
