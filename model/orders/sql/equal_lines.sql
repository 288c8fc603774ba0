-- Lines of which one may be a copy of another: one row for those that are equal in every column of the export, not
-- only in those that we use; other_columns_hash is a 64-bit hash of the columns that we do not.
SELECT l.customer_id, l.invoice, l.product, l.ordered_at, l.quantity, l.unit_price, l.spend, count(*) AS lines
FROM kept_lines AS l
JOIN copy_candidates AS d
    ON l.customer_id = d.customer_id AND l.ordered_at = d.ordered_at AND l.product IS NOT DISTINCT FROM d.product
GROUP BY
    l.customer_id, l.invoice, l.product, l.ordered_at, l.quantity, l.unit_price, l.spend, l.other_columns_hash
