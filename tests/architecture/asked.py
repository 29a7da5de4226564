"""What the shopper of each of the two unions has asked, and what was said in public."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from orders.models import CustomerResponse
from orders.services.contact import Contact
from orders.services.responses import Subject, ask_store, write_more
from stores.models import Store
from tests.factories.stores import ReviewFactory


def asked(place: Any) -> dict[str, str]:
    """The shopper has asked the store something, with a picture, and a loaf was reviewed."""
    store = Store.objects.select_related("union", "membership").get(pk=place.store.pk)
    buffer = io.BytesIO()
    Image.new("RGB", (60, 60)).save(buffer, "PNG")
    made = ask_store(
        subject=Subject(store),
        kind="question",
        words=f"{place.marker} question",
        contact=Contact(place.people["shopper"]),
        actor=place.people["shopper"],
        now=timezone.now(),
    )
    CustomerResponse.objects.filter(pk=made.pk).update(number="SAME-0008", name=f"{place.marker} Ada")
    # Pictures are kept under the number: they come when it has its name.
    said = write_more(
        response=CustomerResponse.objects.get(pk=made.pk),
        words=f"{place.marker} picture",
        actor=place.people["shopper"],
        now=timezone.now(),
        files=[SimpleUploadedFile("why.png", buffer.getvalue())],
    )
    loaf = place.union.products.get(store=store, slug="loaf")
    review = ReviewFactory(store=store, product=loaf, author_name=f"{place.marker} Ada")
    return {
        "response": "SAME-0008",
        "response_token": made.token,
        "response_picture": said.pictures[0],
        "review": str(review.ref),
    }
