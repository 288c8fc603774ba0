"""What a careful analyst checks in an export before modelling."""
