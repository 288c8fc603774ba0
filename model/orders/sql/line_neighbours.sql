-- What a line is told by the one before it, of the same customer, product and sign. Without one it is the first
-- purchase of its product; with one at the same moment, either may be a copy of the other. All others are left out.
-- One row per customer and moment with first purchases, and per customer, moment and product that may have copies.
SELECT customer_number, ordered_at, previous_at IS NOT NULL AS may_be_copies,
    CASE WHEN previous_at IS NOT NULL THEN product_number END AS product_number,
    count(*) AS lines
FROM (
    SELECT customer_number, product_number, ordered_at, is_purchase,
        lag(ordered_at) OVER (
            PARTITION BY customer_number, product_number, is_purchase ORDER BY ordered_at
        ) AS previous_at
    FROM (
        SELECT customer_number, product_number, ordered_at, spend > 0 AS is_purchase
        FROM kept_lines AS l
        JOIN numbered_customers AS c ON c.customer_id = l.customer_id
        LEFT JOIN numbered_products AS p ON p.product = l.product
    ) AS numbered_lines
) AS lines_with_neighbours
WHERE previous_at = ordered_at OR (previous_at IS NULL AND is_purchase AND product_number IS NOT NULL)
GROUP BY 1, 2, 3, 4
