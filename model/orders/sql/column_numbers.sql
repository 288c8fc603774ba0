-- What a column holds: cells that are no numbers, numbers but 0, percents, fractions, the largest, and what all come to.
SELECT
    count(*) FILTER (WHERE text <> '' AND value IS NULL) AS others,
    count(*) FILTER (WHERE value <> 0) AS numbers,
    count(*) FILTER (WHERE right(text, 1) = '%') AS percents,
    count(*) FILTER (WHERE value <> floor(value)) AS fractions,
    coalesce(max(abs(value)), 0) AS largest,
    coalesce(sum(abs(value)), 0) AS total
FROM (SELECT $text AS text, $value AS value FROM source) AS cells
