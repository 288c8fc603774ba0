"""A forecast for one customer or many."""
