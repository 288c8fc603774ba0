"""What is measured, and printed into the documents: see docs/performance.md and docs/insights.md."""
