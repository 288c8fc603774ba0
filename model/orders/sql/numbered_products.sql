-- Products as numbers; a line without a product has none.
SELECT product, CAST(row_number() OVER (ORDER BY product) AS INTEGER) AS product_number
FROM (SELECT DISTINCT product FROM line_counts WHERE drop_reason IS NULL AND product IS NOT NULL) AS products
