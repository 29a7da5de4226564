"""Reads of the matching: who is called, what was answered, which code is meant."""
