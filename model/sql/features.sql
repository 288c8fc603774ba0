-- One row per cutoff and customer: what was known just before as_of.
-- Every source below keeps only what lies strictly before the cutoff.
WITH known_orders AS (
    SELECT cutoffs.as_of, orders.*
    FROM cutoffs
    JOIN orders ON orders.ordered_at < cutoffs.as_of
),
per_customer AS (
    SELECT
        as_of,
        customer_id,
        round(sum(spend), 6) AS total_spend,
        sum(CASE WHEN opens_invoice THEN 1 ELSE 0 END) AS num_transactions,
        round(sum(units), 6) AS total_units,
        round(sum(CASE WHEN ordered_at >= as_of - to_days(30) THEN spend ELSE 0 END), 6) AS spend_last_30d,
        max(ordered_at) AS last_ordered_at
    FROM known_orders
    GROUP BY as_of, customer_id
),
known_products AS (
    SELECT cutoffs.as_of, first_products.customer_id, count(*) AS unique_products
    FROM cutoffs
    JOIN first_products ON first_products.first_bought_at < cutoffs.as_of
    GROUP BY cutoffs.as_of, first_products.customer_id
)
SELECT
    per_customer.as_of,
    per_customer.customer_id,
    total_spend,
    total_spend / num_transactions AS avg_spend,
    num_transactions,
    total_units,
    coalesce(unique_products, 0) AS unique_products,
    floor((epoch(per_customer.as_of) - epoch(last_ordered_at)) / 86400) AS recency_days,
    spend_last_30d,
    last_ordered_at >= per_customer.as_of - to_days($active_days) AS is_active
FROM per_customer
LEFT JOIN known_products
    ON known_products.as_of = per_customer.as_of AND known_products.customer_id = per_customer.customer_id
ORDER BY per_customer.as_of, per_customer.customer_id
