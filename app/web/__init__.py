"""The pages for people: the page at /, and the interactive documentation."""
