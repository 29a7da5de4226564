"""The REST API of codes, memberships and rooms."""
