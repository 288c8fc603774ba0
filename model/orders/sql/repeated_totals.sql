-- Orders of several lines in the first rows of an export, how many of them repeat each of their amounts, how many
-- different amounts those repeat, and the first of them with an amount and how often it stands there.
SELECT
    count(*) AS several,
    count(*) FILTER (WHERE times > 1) AS repeating,
    count(DISTINCT CASE WHEN times > 1 THEN amount END) AS different,
    min(order_name) FILTER (WHERE times > 1) AS example,
    min_by(times, order_name) FILTER (WHERE times > 1) AS example_times,
    min_by(amount, order_name) FILTER (WHERE times > 1) AS example_amount
FROM (
    SELECT order_name, min(times) AS times, min(amount) AS amount
    FROM (
        SELECT $order_name AS order_name, CAST($amount AS VARCHAR) AS amount, count(*) AS times
        FROM (SELECT DISTINCT $columns FROM (SELECT * FROM source LIMIT $rows) AS sampled) AS different_rows
        WHERE $order_name IS NOT NULL AND $amount IS NOT NULL
        GROUP BY 1, 2
    ) AS amounts
    GROUP BY order_name
    HAVING sum(times) > 1
) AS orders
