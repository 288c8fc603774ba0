-- The customer with the most orders, and their share of all.
SELECT customer_id, orders, orders / sum(orders) OVER () AS share
FROM (
    SELECT customer_id, sum(CASE WHEN opens_invoice THEN 1 ELSE 0 END) AS orders
    FROM orders
    GROUP BY customer_id
) AS per_customer
ORDER BY orders DESC, customer_id
LIMIT 1
