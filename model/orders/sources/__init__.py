"""Where an export may lie, and in which format."""
