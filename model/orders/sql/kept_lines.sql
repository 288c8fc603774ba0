-- Purchases, and where returns are subtracted, these too.
SELECT * FROM judged_lines WHERE is_kept
