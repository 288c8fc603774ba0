-- The first time that each customer bought each product; those before a cutoff are the distinct products at it.
SELECT customer_id, product, min(ordered_at) AS first_bought_at
FROM clean_lines
WHERE product IS NOT NULL AND spend > 0
GROUP BY customer_id, product
