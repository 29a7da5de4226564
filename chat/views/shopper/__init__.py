"""Pages of conversations for shoppers: they do without scripts; the window uses the same addresses."""
