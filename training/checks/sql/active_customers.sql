-- How many customers were active before the last horizon, and how many of them bought in it.
SELECT count(*), coalesce(sum(CASE WHEN last_at >= CAST($as_of AS TIMESTAMP) THEN 1 ELSE 0 END), 0)
FROM (
    SELECT customer_id, max(ordered_at) AS last_at
    FROM orders
    WHERE spend > 0 AND ordered_at >= CAST($active_since AS TIMESTAMP)
    GROUP BY customer_id
    HAVING min(ordered_at) < CAST($as_of AS TIMESTAMP)
) AS active
