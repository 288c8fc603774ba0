-- One row per cutoff and customer with an order before it: what was known just before as_of.
--
-- Reads  orders(customer_id, invoice, ordered_at, spend, units, lines, opens_invoice)
--        first_products(customer_id, first_bought_at, products)   empty in a shop without products
--        cutoffs(as_of)                                           any number of them, in one pass
-- Orders meet cutoffs in one place, `known`, and only where they lie strictly before. The two steps ahead of it
-- look backwards from each order, so a later order never changes the row of an earlier one.
-- Where returns are subtracted, a row with spend <= 0 is a return: it lowers spend and units from its own moment on,
-- and is no order, no line and no visit. A customer without an order, or who returned all of it, has no row.
WITH
steps AS (  -- an invoice may be spread over several moments: its running total, and the order before
    SELECT customer_id, invoice, ordered_at, spend, units, lines,
        CASE WHEN opens_invoice THEN 1 ELSE 0 END AS is_order,
        SUM(spend) OVER (PARTITION BY customer_id, invoice ORDER BY ordered_at
                         ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS invoice_spend_so_far,
        LAG(ordered_at) OVER (PARTITION BY customer_id, spend > 0 ORDER BY ordered_at, invoice) AS ordered_before_at,
        ROW_NUMBER() OVER (PARTITION BY customer_id, spend > 0 ORDER BY ordered_at, invoice) AS order_number
    FROM orders
),
orders_with_gaps AS (
    SELECT steps.*, spend > 0 AS is_purchase,
        LN(1 + GREATEST(invoice_spend_so_far, 0)) AS ln_spend_so_far,
        -- telescoping: the sum of these over an invoice's rows is LN(1 + its total), however it is spread
        LN(1 + GREATEST(invoice_spend_so_far, 0)) - LN(1 + GREATEST(invoice_spend_so_far - spend, 0)) AS ln_spend_step,
        CASE WHEN spend <= 0 THEN 0
             WHEN ordered_before_at IS NULL OR CAST(ordered_before_at AS DATE) < CAST(ordered_at AS DATE)
             THEN 1 ELSE 0 END AS is_new_day,
        CASE WHEN spend <= 0 THEN 0
             WHEN ordered_before_at IS NULL
               OR EXTRACT(YEAR FROM ordered_before_at) * 12 + EXTRACT(MONTH FROM ordered_before_at)
                < EXTRACT(YEAR FROM ordered_at) * 12 + EXTRACT(MONTH FROM ordered_at)
             THEN 1 ELSE 0 END AS is_new_month,
        CASE WHEN spend > 0 AND CAST(ordered_before_at AS DATE) < CAST(ordered_at AS DATE)
             THEN date_diff('second', ordered_before_at, ordered_at) / 86400.0 END AS gap_days
    FROM steps
),
known AS (  -- the only place where orders meet cutoffs
    SELECT c.as_of, o.*, date_diff('second', o.ordered_at, c.as_of) / 86400.0 AS age_days
    FROM orders_with_gaps AS o
    JOIN cutoffs AS c ON o.ordered_at < c.as_of
),
customers AS (
    SELECT as_of, customer_id,
        -- the whole past
        ROUND(SUM(spend), 6) AS total_spend,
        SUM(is_order) AS num_transactions,
        GREATEST(ROUND(SUM(units), 6), 0) AS total_units,
        SUM(CASE WHEN is_purchase THEN lines END) AS total_lines,
        MIN(CASE WHEN is_purchase THEN age_days END) AS last_age_days,
        MAX(CASE WHEN is_purchase THEN age_days END) AS tenure_days,
        SUM(is_new_day) AS purchase_days,
        SUM(is_new_month) AS purchase_months,
        MAX(invoice_spend_so_far) AS largest_order_spend,
        SUM(ln_spend_step) / SUM(is_order) AS mean_ln_order_spend,
        STDDEV_SAMP(CASE WHEN is_purchase THEN ln_spend_so_far END) AS sd_ln_order_spend,
        AVG(gap_days) AS mean_gap_days,
        MEDIAN(gap_days) AS median_gap_days,
        STDDEV_SAMP(gap_days) AS sd_gap_days,
        MAX(gap_days) AS longest_gap_days,
        MAX_BY(invoice_spend_so_far, CASE WHEN is_purchase THEN order_number END) AS last_order_spend,
        MAX_BY(gap_days, CASE WHEN is_new_day = 1 THEN order_number END) AS last_gap_days,
        -- fading memory: an order counts half after so many days
        SUM(is_order * EXP(-0.693147180559945 * age_days / 10)) AS orders_halflife_10d,
        SUM(is_order * EXP(-0.693147180559945 * age_days / 30)) AS orders_halflife_30d,
        SUM(is_order * EXP(-0.693147180559945 * age_days / 60)) AS orders_halflife_60d,
        SUM(is_order * EXP(-0.693147180559945 * age_days / 120)) AS orders_halflife_120d,
        SUM(is_order * EXP(-0.693147180559945 * age_days / 240)) AS orders_halflife_240d,
        SUM(is_new_day * EXP(-0.693147180559945 * age_days / 90)) AS purchase_days_halflife_90d,
        GREATEST(SUM(spend * EXP(-0.693147180559945 * age_days / 10)), 0) AS spend_halflife_10d,
        GREATEST(SUM(spend * EXP(-0.693147180559945 * age_days / 30)), 0) AS spend_halflife_30d,
        GREATEST(SUM(spend * EXP(-0.693147180559945 * age_days / 60)), 0) AS spend_halflife_60d,
        GREATEST(SUM(spend * EXP(-0.693147180559945 * age_days / 120)), 0) AS spend_halflife_120d,
        GREATEST(SUM(spend * EXP(-0.693147180559945 * age_days / 240)), 0) AS spend_halflife_240d,
        SUM(ln_spend_step * EXP(-0.693147180559945 * age_days / 90))
            / SUM(is_order * EXP(-0.693147180559945 * age_days / 90)) AS mean_ln_order_spend_halflife_90d,
        SUM(CASE WHEN is_purchase THEN lines * EXP(-0.693147180559945 * age_days / 90) END) AS lines_halflife_90d,
        -- windows that end at as_of
        SUM(CASE WHEN age_days <= 30 THEN is_order ELSE 0 END) AS orders_30d,
        SUM(CASE WHEN age_days <= 60 THEN is_order ELSE 0 END) AS orders_60d,
        SUM(CASE WHEN age_days <= 90 THEN is_order ELSE 0 END) AS orders_90d,
        SUM(CASE WHEN age_days <= 180 THEN is_order ELSE 0 END) AS orders_180d,
        SUM(CASE WHEN age_days <= 365 THEN is_order ELSE 0 END) AS orders_365d,
        GREATEST(SUM(CASE WHEN age_days <= 30 THEN spend ELSE 0 END), 0) AS spend_30d,
        GREATEST(SUM(CASE WHEN age_days <= 60 THEN spend ELSE 0 END), 0) AS spend_60d,
        GREATEST(SUM(CASE WHEN age_days <= 90 THEN spend ELSE 0 END), 0) AS spend_90d,
        GREATEST(SUM(CASE WHEN age_days <= 180 THEN spend ELSE 0 END), 0) AS spend_180d,
        GREATEST(SUM(CASE WHEN age_days <= 365 THEN spend ELSE 0 END), 0) AS spend_365d,
        -- the horizon and its neighbours, one year earlier: the horizon's days were 365 down to 335 days ago
        SUM(CASE WHEN age_days <= 365 AND age_days > 335 THEN is_order ELSE 0 END) AS orders_horizon_last_year,
        GREATEST(SUM(CASE WHEN age_days <= 365 AND age_days > 335 THEN spend ELSE 0 END), 0) AS spend_horizon_last_year,
        GREATEST(SUM(CASE WHEN age_days <= 395 AND age_days > 305 THEN spend ELSE 0 END), 0) AS spend_90d_around_horizon_last_year,
        GREATEST(SUM(CASE WHEN age_days <= 455 AND age_days > 365 THEN spend ELSE 0 END), 0) AS spend_90d_before_horizon_last_year
    FROM known
    GROUP BY as_of, customer_id
    HAVING SUM(is_order) > 0 AND ROUND(SUM(spend), 6) > 0
),
products AS (
    SELECT c.as_of, p.customer_id,
        SUM(p.products) AS unique_products,
        SUM(CASE WHEN p.first_bought_at >= c.as_of - INTERVAL 90 DAY THEN p.products ELSE 0 END) AS new_products_90d
    FROM first_products AS p
    JOIN cutoffs AS c ON p.first_bought_at < c.as_of
    GROUP BY c.as_of, p.customer_id
)
SELECT
    s.as_of, s.customer_id,
    last_age_days <= $active_days AS is_active,
    -- the six of the public API, in its order
    total_spend,
    total_spend / num_transactions AS avg_spend,
    num_transactions,
    total_units,
    COALESCE(unique_products, 0) AS unique_products,
    FLOOR(last_age_days) AS recency_days,
    -- rhythm
    tenure_days,
    purchase_days,
    purchase_months,
    last_age_days,
    tenure_days - last_age_days AS first_to_last_days,
    mean_gap_days, median_gap_days, sd_gap_days, longest_gap_days, last_gap_days,
    last_age_days / (1 + mean_gap_days) AS recency_per_mean_gap,
    last_age_days / (1 + median_gap_days) AS recency_per_median_gap,
    last_age_days / (1 + longest_gap_days) AS recency_per_longest_gap,
    30.0 * purchase_days / (tenure_days + 30) AS purchase_days_per_30d,
    orders_halflife_10d, orders_halflife_30d, orders_halflife_60d, orders_halflife_120d, orders_halflife_240d,
    purchase_days_halflife_90d,
    orders_30d, orders_60d, orders_90d, orders_180d, orders_365d,
    orders_60d - orders_30d AS orders_30d_to_60d,
    orders_90d - orders_60d AS orders_60d_to_90d,
    -- money
    spend_halflife_10d, spend_halflife_30d, spend_halflife_60d, spend_halflife_120d, spend_halflife_240d,
    spend_30d, spend_60d, spend_90d, spend_180d, spend_365d,
    GREATEST(spend_60d - spend_30d, 0) AS spend_30d_to_60d,
    GREATEST(spend_90d - spend_60d, 0) AS spend_60d_to_90d,
    30.0 * total_spend / (tenure_days + 30) AS spend_per_30d,
    spend_90d / (1 + spend_180d) AS spend_trend_90d_of_180d,
    last_order_spend, largest_order_spend, mean_ln_order_spend, mean_ln_order_spend_halflife_90d,
    sd_ln_order_spend,
    spend_halflife_120d / orders_halflife_120d AS avg_spend_halflife_120d,
    -- season
    orders_horizon_last_year, spend_horizon_last_year,
    spend_90d_around_horizon_last_year, spend_90d_before_horizon_last_year,
    -- basket
    total_lines * 1.0 / num_transactions AS lines_per_order,
    lines_halflife_90d,
    total_spend / NULLIF(total_units, 0) AS spend_per_unit,
    COALESCE(new_products_90d, 0) AS new_products_90d,
    COALESCE(unique_products, 0) * 1.0 / total_lines AS product_novelty
FROM customers AS s
LEFT JOIN products AS p ON p.as_of = s.as_of AND p.customer_id = s.customer_id
ORDER BY s.as_of, s.customer_id
