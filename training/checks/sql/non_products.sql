-- Product codes that look like tests or, where nearly all products have codes with digits, like postage; with their spend.
SELECT product, spend
FROM (
    SELECT
        product,
        sum(spend) AS spend,
        avg(CASE WHEN regexp_matches(product, '[0-9]') THEN 1.0 ELSE 0.0 END) OVER () AS share_with_digits
    FROM all_lines
    WHERE is_kept AND spend > 0 AND product IS NOT NULL
    GROUP BY product
) AS codes
WHERE lower(product) LIKE 'test%' OR (share_with_digits >= 0.9 AND NOT regexp_matches(product, '[0-9]'))
ORDER BY spend DESC, product
