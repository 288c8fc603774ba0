"""What runs the SQL under the features: DuckDB, embedded, or Spark; and what it may take of the machine."""
