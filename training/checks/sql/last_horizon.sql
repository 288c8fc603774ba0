-- The RMSE of forecasting the mean of customers active before the last horizon, with and without those of giant orders
-- in it.
SELECT stddev_pop(spend), stddev_pop(CASE WHEN largest < $giant THEN spend END)
FROM (
    SELECT
        customer_id,
        sum(CASE WHEN ordered_at >= CAST($as_of AS TIMESTAMP) THEN spend ELSE 0 END) AS spend,
        max(CASE WHEN ordered_at >= CAST($as_of AS TIMESTAMP) THEN spend ELSE 0 END) AS largest
    FROM orders
    WHERE ordered_at >= CAST($active_since AS TIMESTAMP)
    GROUP BY customer_id
    HAVING min(ordered_at) < CAST($as_of AS TIMESTAMP)
) AS window_spend
