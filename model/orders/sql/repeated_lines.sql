-- Lines that stand more than once. An export that is stitched together repeats whole lines: equal in every column
-- of the export, not only in those that we use; other_columns is a 64-bit hash of the columns that we do not.
SELECT l.customer_id, l.invoice, l.ordered_at, l.quantity, l.spend, count(*) - 1 AS copies
FROM kept_lines AS l
JOIN possible_copies AS d
    ON l.customer_id = d.customer_id AND l.ordered_at = d.ordered_at AND l.product IS NOT DISTINCT FROM d.product
GROUP BY l.customer_id, l.invoice, l.product, l.ordered_at, l.quantity, l.unit_price, l.spend, l.other_columns
HAVING count(*) > 1 AND NOT $keep_equal_lines
