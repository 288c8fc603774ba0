-- Purchases that are equal in customer, product, moment, quantity and price, but not in every column.
SELECT spend, count(*) AS variants, count(DISTINCT coalesce(CAST(invoice AS VARCHAR), '')) AS invoices
FROM equal_lines
WHERE spend > 0
GROUP BY customer_id, product, ordered_at, quantity, unit_price, spend
HAVING count(*) > 1
