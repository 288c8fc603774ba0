-- Every line of the export with the first reason, if any, why it is no purchase.
-- A purchase has a customer, a moment, a positive quantity and a positive price. Where returns are subtracted,
-- a line with a negative quantity or a negative price stays, with its negative spend.
SELECT
    *,
    quantity * unit_price AS spend,
    CASE
        WHEN customer_id IS NULL THEN 'no customer id'
        WHEN ordered_at IS NULL THEN 'no date'
        WHEN quantity IS NULL THEN 'quantity is no number'
        WHEN unit_price IS NULL THEN 'price is no number'
        WHEN quantity = 0 OR (quantity < 0 AND NOT $subtract_returns) THEN 'quantity <= 0'
        WHEN unit_price = 0 OR (unit_price < 0 AND NOT ($subtract_returns AND quantity > 0)) THEN 'price <= 0'
    END AS drop_reason
FROM order_lines
