-- Lines that take spend back, what they come to, how much of that matches an earlier purchase of the same product and
-- price, and what was bought in all.
SELECT
    count(*),
    coalesce(-sum(returned.spend), 0),
    coalesce(-sum(CASE WHEN bought.first_bought_at <= returned.ordered_at THEN returned.spend ELSE 0 END), 0),
    (SELECT coalesce(sum(spend), 0) FROM all_lines WHERE is_kept AND spend > 0)
FROM (SELECT * FROM all_lines WHERE is_kept AND spend < 0) AS returned
LEFT JOIN (
    SELECT
        customer_id,
        coalesce(product, '') AS product,
        abs(unit_price) AS unit_price,
        min(ordered_at) AS first_bought_at
    FROM all_lines
    WHERE is_kept AND spend > 0
    GROUP BY customer_id, coalesce(product, ''), abs(unit_price)
) AS bought
    ON bought.customer_id = returned.customer_id
    AND bought.product = coalesce(returned.product, '')
    AND bought.unit_price = abs(returned.unit_price)
