"""Goods: the list, a new product, its editor, showing it and putting it away."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.numbers import row_id
from stores.forms.goods import NewProductForm, OptionsForm, PictureForm, ProductForm
from stores.models import Product, Store
from stores.queries.manage import GOODS_STATES, categories_in_use, goods_list, low_levels, product_to_edit
from stores.services.catalogue import (
    VariantDetails,
    archive_product,
    create_product,
    publish_product,
    restore_product,
    save_variant,
    unpublish_product,
    update_product,
)
from stores.services.stock import receive
from stores.views.manage.frame import (
    Permission,
    actor_of,
    blame,
    kwargs_of,
    manage_page,
    show,
    to,
    work_once,
)

PER_PAGE = 25
STATE_CHANGES = {
    "publish": publish_product,
    "unpublish": unpublish_product,
    "archive": archive_product,
    "restore": restore_product,
}


@manage_page(Permission.CATALOGUE)
def catalogue(request: HttpRequest, store: Store) -> HttpResponse:
    """The store's goods, searched and filtered."""
    words = request.GET.get("q", "").strip()[:100]
    state = request.GET.get("state", "all")
    state = state if state in GOODS_STATES else "all"
    category_id = row_id(request.GET.get("category", ""))
    goods = goods_list(store, words=words, state=state, category_id=category_id)
    context = {
        "page": Paginator(goods, PER_PAGE).get_page(request.GET.get("page")),
        "words": words,
        "state": state,
        "category_id": category_id,
        "categories": categories_in_use(store),
        "is_narrowed": bool(words or category_id or state != "all"),
        "low_count": low_levels(store).count(),
    }
    template = "goods/rows.html" if request.htmx else "goods/list.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section="catalogue")


@manage_page(Permission.CATALOGUE)
def new_product(request: HttpRequest, store: Store) -> HttpResponse:
    """A product with its first variant and first stock, in one form."""
    form = NewProductForm(request.POST or None, store=store)
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(work_once(request, lambda: _create(request, store, form)))
        except DomainError as refusal:
            blame(form, refusal)
    return show(request, store, "goods/new.html", {"form": form}, section="catalogue")


@transaction.atomic
def _create(request: HttpRequest, store: Store, form: NewProductForm) -> str:
    now, data = timezone.now(), form.cleaned_data
    product = create_product(store=store, details=form.details(), actor=actor_of(request), now=now)
    details = VariantDetails(price=data["price"], gtin=data["gtin"])
    variant = save_variant(product=product, details=details, actor=actor_of(request), now=now)
    if data["pieces"] and variant.tracks_stock:
        receive(variant=variant, quantity=data["pieces"], actor=actor_of(request), reason=_("First stock"), now=now)
    return reverse("manage:product", kwargs=kwargs_of(store, product=product.slug))


@manage_page(Permission.CATALOGUE)
def product(request: HttpRequest, store: Store, product: str) -> HttpResponse:
    """The editor: words, variants, pictures."""
    found = product_to_edit(store, product)
    form = ProductForm(request.POST or None, store=store, product=found)
    if request.method == "POST" and form.is_valid():
        try:
            update_product(product=found, details=form.details(), actor=actor_of(request), now=timezone.now())
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return to(store, "product", product=found.slug)
    return show_editor(request, store, found, form=form)


def show_editor(
    request: HttpRequest,
    store: Store,
    product: Product,
    *,
    form: ProductForm | None = None,
    options: OptionsForm | None = None,
    picture: PictureForm | None = None,
) -> HttpResponse:
    """The editor's page, with the form that was refused in its place."""
    context = {
        "product": product,
        "form": form or ProductForm(store=store, product=product),
        "options": options or OptionsForm(store=store, product=product, prefix="options"),
        "picture": picture or PictureForm(prefix="picture"),
        "variants": list(product.variants.all()),
        "pictures": list(product.pictures.all()),
        "is_waiting": any(one.original and not one.sizes for one in product.pictures.all()),
        "shop_url": _shop_url(store, product),
    }
    return show(request, store, "goods/edit.html", context, section="catalogue")


def _shop_url(store: Store, product: Product) -> str:
    shown = store.is_published and product.is_published
    return reverse("shop:product", kwargs=kwargs_of(store, product=product.slug)) if shown else ""


@manage_page(Permission.CATALOGUE)
@require_POST
def product_state(request: HttpRequest, store: Store, product: str, change: str) -> HttpResponse:
    """Show the product, hide it, put it away or bring it back."""
    found = product_to_edit(store, product)
    STATE_CHANGES[change](product=found, actor=actor_of(request), now=timezone.now())
    said = {
        "publish": _("Shoppers can see it now."),
        "unpublish": _("Shoppers no longer see it."),
        "archive": _("Put away. You find it under “Put away”."),
        "restore": _("Back in the list, not shown yet."),
    }
    messages.success(request, said[change])
    return to(store, "product", product=found.slug)
