"""`migrate`, in half the time: an index or a constraint that is added changes one model and none that points to it.

Django (5.2) builds all related model classes anew for each of them. Here that is nearly every model, since all point to
their union: 428 times 0.2 seconds of a fresh database's 106.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with options_in_place():
            super().handle(*args, **options)


@contextmanager
def options_in_place() -> Iterator[None]:
    """Within it, adding an option to a model's state tells the class that was built of it, and builds none."""
    usual = ProjectState._append_option  # type: ignore[attr-defined]
    ProjectState._append_option = _append_option  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ProjectState._append_option = usual  # type: ignore[attr-defined]


def _append_option(state: ProjectState, app_label: str, model_name: str, option_name: str, thing: Any) -> None:
    """What Django's own does, but for the rebuilding. `option_name` is `indexes` or `constraints`."""
    options = state.models[app_label, model_name].options
    options[option_name] = [*options[option_name], thing]
    if "apps" in state.__dict__:
        setattr(state.apps.get_model(app_label, model_name)._meta, option_name, list(options[option_name]))
