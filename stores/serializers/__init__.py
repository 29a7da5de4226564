"""Stores, goods, prices and stock as the API shows and takes them."""
