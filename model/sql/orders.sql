-- One row per order: customer, invoice, moment, spend, units, lines.
-- Lines of one invoice that were booked at two moments stay two rows, so that a cutoff between them keeps the
-- later one out; opens_invoice marks the first, so that the sum of it counts distinct invoices at any cutoff.
-- A row that is a return opens no invoice: only purchases are counted.
-- Sums of money are rounded far below a cent, because the order of a parallel sum moves its last bits.
SELECT
    customer_id,
    invoice,
    ordered_at,
    spend,
    units,
    lines,
    spend > 0 AND row_number() OVER (PARTITION BY customer_id, invoice, spend > 0 ORDER BY ordered_at) = 1
        AS opens_invoice
FROM (
    SELECT
        customer_id,
        invoice,
        ordered_at,
        round(sum(spend), 6) AS spend,
        round(sum(quantity), 6) AS units,
        count(*) AS lines
    FROM clean_lines
    GROUP BY customer_id, invoice, ordered_at
) AS booked
