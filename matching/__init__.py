"""A shopper's wish, thrown live to all shops that could fulfil it, and their binding answers."""
