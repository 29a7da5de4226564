"""Addresses of the matching."""
