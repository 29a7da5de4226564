"""Pictures of a product: upload, order, words, deleting; and the list that waits for the worker."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from stores.forms.goods import PictureForm
from stores.models import Product, Store
from stores.queries.manage import picture_of, product_to_edit
from stores.services.pictures import add_picture, delete_picture, describe_picture, move_picture
from stores.views.manage.frame import Permission, actor_of, blame, manage_page, show, to, work_once
from stores.views.manage.goods import show_editor


@manage_page(Permission.CATALOGUE)
def pictures(request: HttpRequest, store: Store, product: str) -> HttpResponse:
    """The list of pictures alone, asked for again while one is being prepared; POST adds a picture."""
    found = product_to_edit(store, product)
    if request.method == "POST":
        return _add(request, store, found)
    if not request.htmx:  # type: ignore[attr-defined]
        return to(store, "product", product=found.slug)
    rows = list(found.pictures.all())
    waiting = any(one.original and not one.sizes for one in rows)
    context = {"product": found, "pictures": rows, "is_waiting": waiting}
    return show(request, store, "goods/pictures.html", context, section="catalogue")


def _add(request: HttpRequest, store: Store, product: Product) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES, prefix="picture")
    if form.is_valid():

        def work() -> str:
            add_picture(
                product=product,
                file=form.cleaned_data["file"],
                alt=form.cleaned_data["alt"],
                actor=actor_of(request),
                now=timezone.now(),
            )
            return ""

        try:
            work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Uploaded. Its sizes are being prepared."))
            return to(store, "product", product=product.slug)
    return show_editor(request, store, product, picture=form)


@manage_page(Permission.CATALOGUE)
@require_POST
def picture_change(request: HttpRequest, store: Store, product: str, change: str) -> HttpResponse:
    """Move a picture, change its words, or delete it."""
    found = product_to_edit(store, product)
    chosen = picture_of(found, request.POST.get("picture"))
    by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    if change == "delete":
        delete_picture(picture=chosen, **by)
        messages.success(request, _("The picture is deleted."))
    elif change == "describe":
        describe_picture(picture=chosen, alt=request.POST.get("alt", ""), **by)
        messages.success(request, _("Saved."))
    else:
        move_picture(picture=chosen, earlier=change == "earlier", **by)
    return to(store, "product", product=found.slug)
