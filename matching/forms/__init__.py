"""Forms of the matching."""
