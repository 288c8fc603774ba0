-- Products that a customer bought, or gave back, on more than one line at one moment: only there can copies of a line
-- be. Embedded, `model.line_keys` finds the same ones by sorting.
SELECT DISTINCT customer_id, ordered_at, product
FROM kept_lines
GROUP BY customer_id, ordered_at, product, spend > 0
HAVING count(*) > 1
