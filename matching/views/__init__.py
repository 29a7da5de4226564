"""Pages of the matching: the shopper's, the store's."""
