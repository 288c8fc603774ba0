"""A shop's customers become a campaign's list."""
