"""Writes to whoever wished something that nobody had: it is in stock now."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone, translation
from django_scopes import scopes_disabled

from core.localized import localized
from core.mail import send_templated_mail
from core.money import format_money
from matching.models import MatchRequest
from matching.services.remembering import quiet_token
from stores.models import Variant
from unions.queries import absolute_address


def send_found(*, request_id: int, variant_id: int) -> None:
    """In the shopper's language, with links to the good, to asking again, and to hearing nothing more."""
    with scopes_disabled():
        request = MatchRequest.objects.select_related("union", "user").get(pk=request_id)
        variant = Variant.objects.select_related("product__store").get(pk=variant_id)
        reader = request.user.email if request.user is not None else request.email
        if not reader:
            return
        union, product, store = request.union, variant.product, variant.product.store
        language = (request.user.language if request.user is not None else "") or request.language
        with translation.override(language), timezone.override(union.time_zone):
            here = reverse("matching:home", kwargs={"union": union.slug})
            goods = reverse("shop:product", args=[union.slug, store.slug, product.slug])
            quiet = reverse("matching:quiet", kwargs={"union": union.slug, "token": quiet_token(request=request)})
            send_templated_mail(
                template="match/found",
                to=reader,
                language=language,
                context={
                    "words": request.words,
                    "title": localized(product, "title"),
                    "store": localized(store, "name"),
                    "price": format_money(variant.price, union.currency),
                    "link": absolute_address(union, goods),
                    "again": absolute_address(union, f"{here}?{urlencode({'q': request.words})}"),
                    "quiet": absolute_address(union, quiet),
                    "union_name": localized(union, "name"),
                },
                reply_to=union.contact_email,
            )
