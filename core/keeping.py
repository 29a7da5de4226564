"""Files that belong to rows: kept for as long as what writes the rows goes well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import Storage


@contextmanager
def files_kept(*, storage: Storage, files: Iterable[tuple[str, bytes]]) -> Iterator[list[str]]:
    """Save each under its path and give the paths within the block; when the block fails, all of them go again."""
    paths: list[str] = []
    try:
        for path, content in files:
            paths.append(storage.save(path, ContentFile(content)))
        yield paths
    except BaseException:
        for path in paths:
            storage.delete(path)
        raise
