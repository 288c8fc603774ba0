"""The service itself: health, readiness, model card, usage, metrics."""
