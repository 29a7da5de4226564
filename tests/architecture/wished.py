"""A wish in each of two unions that are filled alike."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from chat.queries.shoppers import Shopper
from matching.models import MatchRequest, MatchResponse, Subscription
from matching.services.answering import Answer, answer_call
from matching.services.picturing import pictures_kept
from matching.services.remembering import quiet_token
from matching.services.throwing import Wish, throw_wish
from stores.models import Store
from tests.factories.matching import CODE, code


def wished(place: Any) -> dict[str, str]:
    """A wish of the shopper with a picture, called to the store, which has answered it."""
    union, now, buffer = place.union, timezone.now(), io.BytesIO()
    code()
    Subscription.objects.create(union=union, store=place.store, code_id=CODE)
    by = Shopper(union, "", place.people["shopper"], "en")
    wish = throw_wish(shopper=by, wish=Wish(words=f"{place.marker} lamp", code=CODE), now=now)
    store = Store.objects.select_related("union").get(pk=place.store.pk)
    said = Answer(title=f"{place.marker} brass lamp", price=2500)
    response = answer_call(request=wish, store=store, answer=said, by="person", actor=None, now=now)
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    file = SimpleUploadedFile("lamp.png", buffer.getvalue())
    with pictures_kept(union=union, ref="SAME-WISH", files=[file]) as pictures:
        MatchRequest.objects.filter(union=union, pk=wish.pk).update(ref="SAME-WISH", pictures=pictures)
    MatchResponse.objects.filter(union=union, pk=response.pk).update(ref="SAME-ANSWER")
    wish.ref = "SAME-WISH"
    return {
        "wish": wish.ref,
        "answer": "SAME-ANSWER",
        "picture": pictures[0],
        "quiet_token": quiet_token(request=wish),
    }
