"""What can be wrong with what a person wrote: said in a sentence that tells how to mend it."""


class Unusable(Exception):
    """The configuration or the list cannot be used; the text is for the person who wrote it."""
