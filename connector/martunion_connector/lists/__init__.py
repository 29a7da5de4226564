"""Readers of lists: text files, spreadsheets, databases."""
