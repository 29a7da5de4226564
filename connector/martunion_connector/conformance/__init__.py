"""Plays the union before any program that answers calls, and says by which rules of docs/connector.md it keeps."""
