-- The largest orders, from the 99.9 % quantile on, beside the median order and that quantile.
WITH invoices AS (
    SELECT customer_id, invoice, sum(spend) AS spend FROM orders GROUP BY customer_id, invoice
)
SELECT invoices.customer_id, invoices.spend, quantiles.median, quantiles.high
FROM invoices
CROSS JOIN (
    SELECT quantile_cont(spend, 0.5) AS median, quantile_cont(spend, 0.999) AS high FROM invoices
) AS quantiles
WHERE invoices.spend >= quantiles.high
ORDER BY invoices.spend DESC, invoices.invoice
LIMIT 1000
