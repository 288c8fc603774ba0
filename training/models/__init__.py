"""What is fitted at a cutoff."""
