"""The redirect over the REST API."""
