-- Purchase lines, each once. An export that is stitched together repeats whole lines: equal in every column
-- of the export, not only in those that we use; other_columns is a 64-bit hash of the columns that we do not.
SELECT customer_id, invoice, product, ordered_at, quantity, spend, count(*) AS copies
FROM judged_lines
WHERE drop_reason IS NULL
GROUP BY customer_id, invoice, product, ordered_at, quantity, unit_price, spend, other_columns
