"""Goods on their way in, out and across: suppliers, orders placed there, sheets, what runs low."""
