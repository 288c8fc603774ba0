-- What each customer spent in the horizon [as_of, as_of + horizon_days); who bought nothing has no row. Where
-- returns are subtracted, who returned more than they bought spent nothing: a forecast is never negative.
SELECT cutoffs.as_of, orders.customer_id, greatest(round(sum(orders.spend), 6), 0) AS future_spend
FROM cutoffs
JOIN orders
    ON orders.ordered_at >= cutoffs.as_of AND orders.ordered_at < cutoffs.as_of + to_days($horizon_days)
GROUP BY cutoffs.as_of, orders.customer_id
ORDER BY cutoffs.as_of, orders.customer_id
