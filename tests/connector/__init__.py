"""The program that a shop installs: its readers, its choice, its line."""
