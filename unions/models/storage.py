"""Where papers and people's own files lie: folders that the web server does not hand out."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.core.files.storage import Storage, storages


def paper_storage() -> Storage:
    """Outside MEDIA_ROOT; the address of a file is a view that asks who wants it."""
    return storages["papers"]


def paper_path(paper: Any, filename: str) -> str:
    """A name that tells nothing and cannot be guessed; the ending is that of the checked content."""
    return f"{paper.union_id}/{uuid4().hex}.{filename.rpartition('.')[2]}"


def personal_storage() -> Storage:
    """The copies that people ask for of what is kept of them; each is handed to its person by a view."""
    return storages["personal"]
