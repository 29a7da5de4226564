"""A service provider's pages: its day, its vouchers, its till, its record."""
