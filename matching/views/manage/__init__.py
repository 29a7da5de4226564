"""Pages of a store about the wishes it is called for."""
