-- Every line of the export: whether it is kept, and if not, the first reason why.
-- A purchase has a customer, a moment, a positive quantity and a positive price. Where returns are subtracted,
-- a line with a negative quantity, a negative price or both stays, with its negative spend. What else the export tells
-- of a line, by its state or its customer, excludes it.
SELECT
    *,
    CASE
        WHEN is_kept THEN NULL
        WHEN excluded IS NOT NULL THEN excluded
        WHEN ordered_at < TIMESTAMP '$earliest' OR ordered_at > TIMESTAMP '$latest' THEN 'date far from all others'
        WHEN customer_id IS NULL THEN 'no customer id'
        WHEN ordered_at IS NULL THEN 'no date'
        WHEN quantity IS NULL THEN 'quantity is no number'
        WHEN unit_price IS NULL THEN 'price is no number'
        WHEN quantity = 0 OR (quantity < 0 AND NOT $subtract_returns) THEN 'quantity <= 0'
        ELSE 'price <= 0'
    END AS drop_reason
FROM (
    SELECT
        *,
        customer_id IS NOT NULL AND ordered_at IS NOT NULL AND excluded IS NULL
            AND ordered_at >= TIMESTAMP '$earliest' AND ordered_at <= TIMESTAMP '$latest'
            AND ((quantity > 0 AND unit_price > 0) OR ($subtract_returns AND spend < 0)) AS is_kept
    FROM (
        SELECT
            *,
            CASE WHEN quantity < 0 AND unit_price < 0 THEN -quantity * unit_price ELSE quantity * unit_price END AS spend
        FROM order_lines
    ) AS worth
) AS lines
