"""Files on their way in or out, made or read by a worker while a page shows how far it is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import JSONField, Q, Value
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from stores.models.store import Store
from unions.models import Union


class FileRun(models.Model):
    """One export or import of a store, or (without one) of a whole union's office. Its file lies in the private
    storage and is thrown away after some days.

    An import is looked into first; where its headings are not ours it waits for somebody to say what they mean.
    `layout` is what was seen and said: `columns`, `rows`, `encoding`, `about`, `guess`, `chosen`, `decimal`, `time`.
    """

    class Direction(models.TextChoices):
        EXPORT = "export", _("export")
        IMPORT = "import", _("import")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        LOOKING = "looking", _("looked into")
        MAPPING = "mapping", _("columns to be named")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, null=True, on_delete=models.CASCADE, related_name="file_runs")
    ref = models.CharField(max_length=24)
    direction = models.CharField(max_length=6, choices=Direction.choices)
    kind = models.CharField(_("what"), max_length=20)
    shape = models.CharField(_("as"), max_length=4)
    name = models.CharField(_("file"), max_length=120)
    path = models.CharField(max_length=200, blank=True)
    report = models.CharField(max_length=200, blank=True)
    is_dry = models.BooleanField(_("only try"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    outcomes = models.JSONField(default=dict)
    reasons = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True)
    layout = models.JSONField(default=dict, db_default=Value({}, JSONField()))
    refusals = models.JSONField(default=list, db_default=Value([], JSONField()))
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("begun"))
    moved_at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("file run")
        verbose_name_plural = _("file runs")
        constraints = [
            models.UniqueConstraint(fields=["union", "ref"], name="file_run_ref"),
            # Two files at once would undo each other's rows, or wait for each other in a circle.
            models.UniqueConstraint(
                fields=["store"], condition=Q(direction="import", state="running"), name="file_run_one_import_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["union"],
                condition=Q(store=None, direction="import", state="running"),
                name="file_run_one_import_of_an_office",
            ),
            models.UniqueConstraint(
                fields=["union", "shape"],
                condition=Q(store=None, direction="export", state__in=["waiting", "running"]),
                name="file_run_one_of_a_union_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="file_run_by_store"),
            models.Index(fields=["union", "-id"], condition=Q(store=None), name="file_run_by_union"),
        ]

    def __str__(self) -> str:
        return self.name


class ColumnMemory(models.Model):
    """What a store's people said last of a file's headings, for the next file of the kind."""

    union = models.ForeignKey(Union, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    columns = models.JSONField()
    decimal = models.CharField(max_length=1)
    time = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(union="union")

    class Meta:
        verbose_name = _("memory of columns")
        verbose_name_plural = _("memories of columns")
        constraints = [models.UniqueConstraint(fields=["store", "kind"], name="column_memory_once")]

    def __str__(self) -> str:
        return self.kind
