"""A file of pre-qualified shoppers, taken in by a worker while the page shows how far it is."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from chat import events
from chat.models import Campaign, ListImport
from chat.services.lists import ShopperImporter
from core.errors import DomainError, Invalid
from core.importing.maps import Map
from core.importing.reading import rows_of
from core.importing.running import Summary, run_import
from core.outbox import publish
from core.references import new_reference, new_secret
from unions.models.storage import paper_storage

LARGEST = 5_000_000
MOST_ROWS = 20_000
STALLED = timedelta(minutes=10)
MOST_REASONS = 12
State = ListImport.State


@transaction.atomic
def begin_import(
    *, campaign: Campaign, file: UploadedFile, max_uses: int | None, is_dry: bool, actor: User | None, now: datetime
) -> ListImport:
    """Keep the file and ask a worker to take it in. Raises Invalid for what is no CSV file of a bearable size."""
    name = Path(str(file.name)).name[:120]
    if Path(name).suffix.lower() not in {".csv", ".tsv", ".txt"}:
        raise Invalid(_("Send the list as a CSV file."), field="file")
    if not file.size or file.size > LARGEST:
        raise Invalid(_("A list has at most five megabytes."), field="file")
    path = paper_storage().save(f"lists/{campaign.union_id}/{new_secret(16)}.csv", file)
    run = ListImport.objects.create(
        union=campaign.union,
        campaign=campaign,
        ref=new_reference(campaign.union.prefix),
        name=name,
        path=path,
        is_dry=is_dry,
        outcomes={"max_uses": max_uses},
        by=actor,
        at=now,
        moved_at=now,
    )
    publish(events.LIST_TO_IMPORT, aggregate=f"campaign:{campaign.pk}", import_id=run.pk)
    return run


def run_list_import(*, import_id: int, now: datetime) -> None:
    """Take a waiting file in; one that a killed worker left is begun again, and adds nobody twice."""
    mine = ListImport.objects.filter(pk=import_id, state=State.WAITING)
    again = ListImport.objects.filter(pk=import_id, state=State.RUNNING, moved_at__lt=now - STALLED)
    if not (mine.update(state=State.RUNNING, moved_at=now) or again.update(moved_at=now)):
        return
    run = ListImport.objects.select_related("campaign__union", "by").get(pk=import_id)
    language = (run.by.language if run.by else "") or run.campaign.union.default_language
    with tempfile.TemporaryDirectory() as folder, translation.override(language):
        try:
            _take(run, Path(folder), now=now)
        except (DomainError, UnicodeError) as error:
            _move(run, state=State.FAILED, problem=str(error)[:300])


def forget_old_files(*, before: datetime, limit: int = 200) -> int:
    """Lists hold addresses of people: the files go after a while, the figures stay."""
    old = list(ListImport.objects.filter(at__lt=before).exclude(path="", report="")[:limit])
    for run in old:
        for path in filter(None, (run.path, run.report)):
            paper_storage().delete(path)
        ListImport.objects.filter(union=run.union_id, pk=run.pk).update(path="", report="")
    return len(old)


def stalled_imports(*, now: datetime) -> list[int]:
    """Those whose worker died."""
    stuck = ListImport.objects.filter(state__in=[State.WAITING, State.RUNNING], moved_at__lt=now - STALLED)
    return list(stuck.values_list("pk", flat=True)[:50])


def _take(run: ListImport, folder: Path, *, now: datetime) -> None:
    source, report = folder / "list.csv", folder / "refused.csv"
    with paper_storage().open(run.path) as kept, source.open("wb") as copy:
        shutil.copyfileobj(kept, copy)
    columns: set[str] = set()
    for rows, row in enumerate(rows_of(source), 1):
        columns = columns or set(row.cells)
        if rows > MOST_ROWS:
            raise Invalid(_("A list has at most %(most)d rows.") % {"most": MOST_ROWS})
    named = {column: column for column in ShopperImporter.fields if column in columns}
    if not {"email", "reference"} & set(named):
        raise Invalid(_("The first line must name the columns; “email” or “reference” is among them."))
    union = run.campaign.union
    chart = Map(
        kind="shoppers",
        fields=ShopperImporter.fields,
        currency_of=lambda slug: union.currency,
        columns=named,
        union_slug=union.slug,
    )
    max_uses = run.outcomes.get("max_uses")
    importer = ShopperImporter(run.campaign, max_uses=max_uses, expires_at=run.campaign.expires_at)

    def progress(step: str, done: int, total: int) -> None:
        if not run.is_dry:
            # A dry run is one transaction: nobody would see the figure.
            ListImport.objects.filter(union=run.union_id, pk=run.pk).update(
                percent=min(99, done * 100 // max(total, 1)), moved_at=Now()
            )

    summary = run_import(
        path=source,
        importer=importer,
        chart=chart,
        union_at=lambda slug: union,
        report=report,
        dry_run=run.is_dry,
        progress=progress,
        now=now,
    )
    kept_report = ""
    if report.exists():
        with report.open("rb") as refused:
            kept_report = paper_storage().save(f"lists/{union.pk}/{new_secret(16)}.csv", File(refused))
    _move(run, state=State.DONE, percent=100, report=kept_report, **_told(summary))


def _told(summary: Summary) -> dict[str, object]:
    return {
        "rows": summary.rows,
        "outcomes": dict(summary.outcomes),
        "reasons": dict(summary.reasons.most_common(MOST_REASONS)),
    }


def _move(run: ListImport, **values: object) -> None:
    ListImport.objects.filter(union=run.union_id, pk=run.pk).update(moved_at=Now(), **values)
