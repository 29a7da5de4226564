"""Addresses of after-sales service, by whom they are for."""
