-- Purchase lines, each once. An export that is stitched together repeats whole lines: equal in every column
-- of the export, not only in those that we use.
CREATE TABLE clean_lines AS
WITH distinct_lines AS (
    SELECT * EXCLUDE (drop_reason), count(*) AS copies
    FROM judged_lines
    WHERE drop_reason IS NULL
    GROUP BY ALL
)
SELECT customer_id, invoice, product, ordered_at, quantity, spend, copies FROM distinct_lines
