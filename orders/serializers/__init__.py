"""Carts, purchases and orders as the API shows and takes them."""
