"""A program that a shop installs beside its own stock list: it hears calls from a martunion and answers them."""

__version__ = "0.1.0"
