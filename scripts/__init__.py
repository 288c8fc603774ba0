"""Tools for maintainers, which no service runs: recorded examples, the OpenAPI document."""
