-- One row per order: customer, invoice, moment, spend, units, lines.
-- Lines of one invoice that were booked at two moments stay two rows, so that a cutoff between them keeps the
-- later one out; opens_invoice marks the first, so that the sum of it counts distinct invoices at any cutoff.
-- A row that is a return opens no invoice: only purchases are counted.
SELECT
    *,
    spend > 0 AND row_number() OVER (PARTITION BY customer_id, invoice, spend > 0 ORDER BY ordered_at) = 1
        AS opens_invoice
FROM booked_orders
