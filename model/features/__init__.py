"""Orders become one row per customer and moment."""
