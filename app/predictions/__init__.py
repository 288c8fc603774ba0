"""One customer or many, from six numbers each."""
