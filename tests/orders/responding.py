"""Customers who have asked, for the tests of responses."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from orders.models import CustomerResponse
from orders.queries.responses import response_with_all
from orders.services.contact import Contact
from orders.services.responses import Subject, ask_store
from stores.models import Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = NOW + timedelta(hours=24)
"""A Monday morning, and a day later: a store that tells no hours is there every day."""


def asked(store: Store, *, words: str = "Is there rye in it?", kind: str = "question", **more: Any) -> CustomerResponse:
    """A guest's question about the store, or about what `order` or `product` names."""
    about = {name: more.pop(name) for name in ("order", "product") if name in more}
    values = {"contact": Contact(None, "Ada", "ada@example.com", "", "en"), "actor": None, "now": NOW, **more}
    return ask_store(subject=Subject(store, **about), kind=kind, words=words, **values)


def fresh(response: CustomerResponse) -> CustomerResponse:
    """As it is in the database, with its entries."""
    return response_with_all(response.pk)


def steps(response: CustomerResponse) -> list[tuple[str, str, str]]:
    """(step, voice, state reached) of its history."""
    return [(entry.step, entry.voice, entry.to_state) for entry in fresh(response).entries.all()]


def picture(name: str = "crack.png") -> SimpleUploadedFile:
    """A small real picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (80, 60), "#884422").save(buffer, "PNG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/png")
