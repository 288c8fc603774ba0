"""The parts of the report page: figures, each with its drawing, its numbers and what to see in them."""
