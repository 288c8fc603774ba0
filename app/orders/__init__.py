"""One customer, from order lines."""
