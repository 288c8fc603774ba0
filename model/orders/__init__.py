"""A shop's export becomes clean orders."""
