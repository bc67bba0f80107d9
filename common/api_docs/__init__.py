"""`docs/API_V2.1_REFERENCE.md`, made of the OpenAPI schema and of examples that a test runs."""
