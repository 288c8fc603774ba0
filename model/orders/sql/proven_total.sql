-- Of the orders with a discount the share in which a column of totals, of the order or of its lines, is what is left.
SELECT avg(
    CASE
        WHEN abs(full_amount - off - largest) < $rounding OR abs(full_amount - off - summed) < $rounding THEN 1.0
        ELSE 0.0
    END
) AS share
FROM (
    SELECT sum($amount) AS full_amount, $off AS off, max($total) AS largest, sum($total) AS summed
    FROM source
    GROUP BY $order_name
) AS orders
WHERE off > 0
