-- The first time that each customer bought each product; those before a cutoff are the distinct products at it.
CREATE TABLE first_products AS
SELECT customer_id, product, min(ordered_at) AS first_bought_at
FROM clean_lines
WHERE product IS NOT NULL
GROUP BY customer_id, product
