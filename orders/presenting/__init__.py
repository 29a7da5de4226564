"""Rows as pages and mails show them."""
