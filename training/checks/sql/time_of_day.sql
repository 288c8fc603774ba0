-- Orders in all, at midnight sharp, and between one and five at night.
SELECT
    count(*),
    sum(CASE WHEN ordered_at = CAST(CAST(ordered_at AS DATE) AS TIMESTAMP) THEN 1 ELSE 0 END),
    sum(CASE WHEN extract(hour FROM ordered_at) BETWEEN 1 AND 4 THEN 1 ELSE 0 END)
FROM orders
