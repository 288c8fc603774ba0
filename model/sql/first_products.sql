-- How many products each customer bought for the first time at a moment; the sum of those before a cutoff is the
-- number of distinct products at it.
SELECT CAST(customer_id AS VARCHAR) AS customer_id, first_bought_at, count(*) AS products
FROM (
    SELECT customer_id, product, min(ordered_at) AS first_bought_at
    FROM kept_lines
    WHERE product IS NOT NULL AND spend > 0
    GROUP BY customer_id, product
) AS bought
GROUP BY customer_id, first_bought_at
