-- Lines by product and by why they are left out: one look at each line also finds the products.
SELECT
    drop_reason,
    product,
    count(*) AS lines,
    coalesce(sum(spend), 0) AS spend,
    coalesce(sum(CASE WHEN quantity > 0 AND unit_price > 0 THEN spend END), 0) AS positive_spend
FROM judged_lines
GROUP BY drop_reason, product
