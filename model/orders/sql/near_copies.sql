-- Purchases that are equal in customer, product, moment, quantity and price, but not in every column.
SELECT
    l.spend,
    count(DISTINCT coalesce(CAST(l.invoice AS VARCHAR), '') || '/' || CAST(l.other_columns AS VARCHAR)) AS variants,
    count(DISTINCT coalesce(CAST(l.invoice AS VARCHAR), '')) AS invoices
FROM kept_lines AS l
JOIN possible_copies AS d
    ON l.customer_id = d.customer_id AND l.ordered_at = d.ordered_at AND l.product IS NOT DISTINCT FROM d.product
WHERE l.spend > 0
GROUP BY l.customer_id, l.product, l.ordered_at, l.quantity, l.unit_price, l.spend
HAVING count(DISTINCT coalesce(CAST(l.invoice AS VARCHAR), '') || '/' || CAST(l.other_columns AS VARCHAR)) > 1
