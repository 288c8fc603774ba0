-- Customers with one order, and all of them.
SELECT sum(CASE WHEN orders = 1 THEN 1 ELSE 0 END), count(*)
FROM (
    SELECT customer_id, sum(CASE WHEN opens_invoice THEN 1 ELSE 0 END) AS orders FROM orders GROUP BY customer_id
) AS per_customer
