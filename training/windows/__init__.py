"""Time cut into windows, and what customers did in them."""
