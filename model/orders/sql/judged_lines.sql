-- Every line of the export: whether it is kept, and if not, the first reason why.
-- A purchase has a customer, a moment, a positive quantity and a positive price. Where returns are subtracted,
-- a line with a negative quantity or a negative price stays, with its negative spend.
SELECT
    *,
    CASE
        WHEN is_kept THEN NULL
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
        quantity * unit_price AS spend,
        customer_id IS NOT NULL AND ordered_at IS NOT NULL
            AND ((quantity > 0 AND unit_price > 0) OR ($subtract_returns AND quantity * unit_price < 0)) AS is_kept
    FROM order_lines
) AS lines
