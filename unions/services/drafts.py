"""Papers that were handed in with a form that came back: kept for a day or two, so that nobody picks files twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from unions.models.storage import paper_storage
from unions.services.papers import PaperRefused, check_paper

FOLDER = "drafts"
SALT = "unions.drafts"
KEEP = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Draft:
    """A kept paper: what its owner calls it, and the name under which it lies in the storage of papers."""

    title: str
    name: str


def keep_drafts(*, papers: list[UploadedFile]) -> list[Draft]:
    """Keep those of the papers that are right; the wrong ones have to be chosen anew anyway."""
    drafts = []
    for paper in papers:
        try:
            checked = check_paper(paper=paper)
        except PaperRefused:
            continue
        name = paper_storage().save(f"{FOLDER}/{uuid4().hex}.{checked.ending}", checked.file)
        drafts.append(Draft(title=checked.title, name=name))
    return drafts


def ticket_for(*, user: User, drafts: list[Draft]) -> str:
    """A signed text for the form that says which papers are kept for this person; empty for none."""
    if not drafts:
        return ""
    return signing.dumps({"user": user.pk, "drafts": [[draft.title, draft.name] for draft in drafts]}, salt=SALT)


def drafts_of(*, user: User, ticket: str) -> list[Draft]:
    """The papers still kept for this person under the ticket; none for a foreign, forged or old one."""
    try:
        content: Any = signing.loads(ticket, salt=SALT, max_age=KEEP)
    except signing.BadSignature:
        return []
    if content["user"] != user.pk:
        return []
    drafts = [Draft(title=title, name=name) for title, name in content["drafts"]]
    return [draft for draft in drafts if paper_storage().exists(draft.name)]


def open_drafts(*, drafts: list[Draft]) -> list[UploadedFile]:
    """The kept papers as if they had been sent just now. The caller closes them."""
    storage = paper_storage()
    return [
        UploadedFile(file=storage.open(draft.name), name=draft.title, size=storage.size(draft.name)) for draft in drafts
    ]


def forget_drafts(*, drafts: list[Draft]) -> None:
    """Remove these papers; one that is gone already is no error."""
    for draft in drafts:
        paper_storage().delete(draft.name)


def forget_old_drafts(*, now: datetime) -> int:
    """Remove what nobody sent in time and return how many papers went."""
    storage = paper_storage()
    if not storage.exists(FOLDER):
        return 0
    old = [
        Draft(title=name, name=f"{FOLDER}/{name}")
        for name in storage.listdir(FOLDER)[1]
        if storage.get_created_time(f"{FOLDER}/{name}") < now - KEEP
    ]
    forget_drafts(drafts=old)
    return len(old)
