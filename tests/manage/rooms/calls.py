"""Wishes that are called to a store, its answers, and the signs it watches."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from matching.models import CallSettings, MatchRequest, MatchResponse, Subscription
from matching.services.answering import Answer, answer_call
from tests.factories.matching import code as lamp_code
from tests.factories.matching import thrown
from tests.manage.people import Shop

PAGES = {
    "calls/": "console",
    "calls/open/": "console",
    "calls/figures/": "console",
    "calls/figures.csv": "console",
    "calls/{call}/": "console",
    "calls/{call}/pictures/{picture}/": "console",
    "signals/": "catalogue",
}
SENT = {
    "calls/{call}/": "console",
    "calls/{call}/decline/": "console",
    "calls/{call}/withdraw/": "console",
    "signals/": "catalogue",
    "signals/add/": "catalogue",
    "signals/remove/": "catalogue",
}
MODELS = (CallSettings, MatchRequest, MatchResponse, Subscription)


def names(shop: Shop, path: str) -> dict[str, str]:
    """A call to the store, with its picture."""
    if not path.startswith("calls/{"):
        return {}
    call = open_call(shop)
    return {"call": call.ref, "picture": call.pictures[0]}


def open_call(shop: Shop) -> MatchRequest:
    """A wish with a picture that was called to the store, with its answer."""
    found = MatchRequest.objects.filter(stores__contains=[shop.store.pk]).first()
    if found is None:
        lamp = lamp_code()
        Subscription.objects.create(union=shop.store.union, store=shop.store, code=lamp)
        now = timezone.now()
        picture = io.BytesIO()
        Image.new("RGB", (60, 60)).save(picture, "PNG")
        found = thrown(shop.store.union, now=now, pictures=[SimpleUploadedFile("lamp.png", picture.getvalue())])
        said = Answer(title="Lamp", price=100)
        answer_call(request=found, store=shop.store, answer=said, by="person", actor=None, now=now)
    return found
