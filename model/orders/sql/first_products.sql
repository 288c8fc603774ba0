-- How many products each customer bought for the first time at a moment; the sum of those before a cutoff is the
-- number of distinct products at it.
SELECT CAST(c.customer_id AS VARCHAR) AS customer_id, n.ordered_at AS first_bought_at, n.lines AS products
FROM line_neighbours AS n
JOIN numbered_customers AS c ON c.customer_number = n.customer_number
WHERE NOT n.may_be_copies
