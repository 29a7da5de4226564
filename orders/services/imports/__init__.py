"""Customers and orders out of files. `docs/import/README.md` lists the fields of each."""
