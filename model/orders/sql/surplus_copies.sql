-- Equal lines beyond the first, which booked_orders subtracts: an export that is stitched together repeats whole lines.
SELECT customer_id, invoice, ordered_at, quantity, spend, lines - 1 AS copies
FROM equal_lines
WHERE lines > 1 AND NOT $keep_equal_lines
