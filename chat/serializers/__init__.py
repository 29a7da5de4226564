"""Shapes of the REST API."""
