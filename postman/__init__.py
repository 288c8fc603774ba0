"""The Postman collection, and the program that writes it from the OpenAPI document and the named examples."""
