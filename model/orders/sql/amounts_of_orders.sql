-- Orders of several lines that have an amount, and those of which it is that of a line: there are several, or it stands
-- on some lines of several.
SELECT
    count(*) AS several,
    count(*) FILTER (WHERE amounts > 1 OR (filled > 1 AND filled < lines)) AS of_lines
FROM (
    SELECT
        count(*) AS lines,
        count(*) FILTER (WHERE $value > 0) AS filled,
        count(DISTINCT CASE WHEN $value > 0 THEN $value END) AS amounts
    FROM source
    WHERE $order_name IS NOT NULL
    GROUP BY $order_name
    HAVING count(*) > 1
) AS orders
WHERE filled > 0
