"""A whole shop, as a ranked list."""
