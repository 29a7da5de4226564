"""The REST API's carts, purchases and orders."""
