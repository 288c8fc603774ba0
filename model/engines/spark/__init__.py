"""Spark under the same SQL."""
