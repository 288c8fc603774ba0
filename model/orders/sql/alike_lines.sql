-- Purchases that are equal in what is used, and not in every column: how many more than one, what they come to, and
-- what those come to that are of one order.
SELECT
    coalesce(sum(variants - 1), 0) AS lines,
    coalesce(sum((variants - 1) * spend), 0) AS spend,
    coalesce(sum((variants - invoices) * spend), 0) AS spend_in_one_order
FROM near_copies
