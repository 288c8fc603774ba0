-- How many orders there are on each day with one.
SELECT CAST(ordered_at AS DATE) AS day, count(*) FROM orders GROUP BY CAST(ordered_at AS DATE) ORDER BY day
