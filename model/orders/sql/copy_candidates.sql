-- Customer, moment and product of lines of which one may be a copy of another.
SELECT DISTINCT c.customer_id, n.ordered_at, p.product
FROM line_neighbours AS n
JOIN numbered_customers AS c ON c.customer_number = n.customer_number
LEFT JOIN numbered_products AS p ON p.product_number = n.product_number
WHERE n.may_be_copies
