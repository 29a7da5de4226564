"""Reading what was moved as files."""

from __future__ import annotations

from collections.abc import Collection

from core.errors import NotFound
from stores.models import FileRun, Store
from unions.models import Union

SHOWN = 30


def file_runs_of(store: Store, kinds: Collection[str]) -> list[FileRun]:
    """The last runs of these kinds, newest first."""
    runs = FileRun.objects.filter(union_id=store.union_id, store=store, kind__in=kinds)
    return list(runs.select_related("by").order_by("-pk")[:SHOWN])


def file_run_for(store: Store, ref: str) -> FileRun:
    """The store's run of this name. Raises NotFound."""
    run = FileRun.objects.filter(union_id=store.union_id, store=store, ref=ref).first()
    if run is None:
        raise NotFound
    return run


def union_files_of(union: Union) -> list[FileRun]:
    """The last files of the whole union, newest first."""
    return list(FileRun.objects.filter(union=union, store=None).select_related("by").order_by("-pk")[:SHOWN])


def union_file_for(union: Union, ref: str) -> FileRun:
    """The union's file of this name. Raises NotFound."""
    run = FileRun.objects.filter(union=union, store=None, ref=ref).first()
    if run is None:
        raise NotFound
    return run
