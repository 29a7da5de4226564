"""The REST API of conversations, codes, memberships, rooms and rules."""
