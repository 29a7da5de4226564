"""Papers and photos of claims."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.uploadedfile import UploadedFile

from ascc.services.keeping import file_kept


@contextmanager
def paper_kept(*, union_id: int, title: str, file: UploadedFile | None) -> Iterator[list[tuple[str, str]]]:
    """(title, path) within the block, nothing without a file; gone again when the block fails.

    Raises AttachmentRefused.
    """
    with file_kept(file=file, folder=f"{union_id}/claims") as path:
        yield [(title, path)] if path else []
