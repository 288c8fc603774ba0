-- Lines that stand more than once. An export that is stitched together repeats whole lines: equal in every column
-- of the export, not only in those that we use; other_columns is a 64-bit hash of the columns that we do not.
-- Lines with a hash in common are few and quickly found; among them equality of every column decides.
SELECT customer_id, invoice, ordered_at, quantity, spend, count(*) - 1 AS copies
FROM kept_lines
WHERE line_hash IN (SELECT line_hash FROM kept_lines GROUP BY line_hash HAVING count(*) > 1)
GROUP BY customer_id, invoice, product, ordered_at, quantity, unit_price, spend, other_columns
HAVING count(*) > 1
