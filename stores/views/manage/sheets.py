"""Sheets: goods laid in, taken out, carried to another store or counted, by scanning or typing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotFound
from stores.forms.supply import PiecesForm, ScanForm, SheetForm
from stores.models import StockSheet, Store, Variant
from stores.queries.manage import categories_in_use, counted_variant
from stores.queries.supply import (
    missing_of,
    purchase_order_for,
    purchase_orders_of,
    sheet_for,
    sheet_lines,
    sheet_sums,
    sheets_of,
    shelves_of,
    sister_stores,
    supplier_for,
    suppliers_of,
)
from stores.services.stock import OutOfStock
from stores.services.supply.barcodes import barcode_in
from stores.services.supply.booking import MoreThanOrdered, book_sheet
from stores.services.supply.scanning import discard_sheet, fill_in, open_sheet, scan, set_pieces, take_off
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

PER_PAGE = 50
Kind = StockSheet.Kind


@manage_page(Permission.STOCK)
def sheets(request: HttpRequest, store: Store) -> HttpResponse:
    """Open sheets first, then what was booked."""
    kind = request.GET.get("kind", "")
    context = {
        "page": Paginator(sheets_of(store, kind=kind), PER_PAGE).get_page(request.GET.get("page")),
        "kind": kind,
        "kinds": Kind.choices,
        "has_sisters": sister_stores(store).exists(),
    }
    return show(request, store, "supply/sheets.html", context, section="stock")


@manage_page(Permission.STOCK)
def new_sheet(request: HttpRequest, store: Store, kind: str) -> HttpResponse:
    """What the sheet is for; the next page takes the bar codes."""
    form = SheetForm(
        request.POST or None,
        kind=kind,
        initial={"purchase_order": request.GET.get("order", "")},
        suppliers=list(suppliers_of(store).filter(is_active=True)) if kind == Kind.LAY_IN else [],
        orders=list(purchase_orders_of(store).filter(state__in=["sent", "partly_received"]))
        if kind == Kind.LAY_IN
        else [],
        stores=list(sister_stores(store)) if kind == Kind.TRANSFER else [],
        categories=list(categories_in_use(store)) if kind == Kind.COUNT else [],
        shelves=shelves_of(store) if kind == Kind.COUNT else [],
    )
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(work_once(request, lambda: _begin(request, store, kind, form)))
        except DomainError as refusal:
            blame(form, refusal)
    context = {"form": form, "kind": kind, "title": Kind(kind).label}
    return show(request, store, "supply/sheet_new.html", context, section="stock")


def _begin(request: HttpRequest, store: Store, kind: str, form: Form) -> str:
    data = form.cleaned_data
    found: dict[str, Any] = {}
    if data.get("purchase_order"):
        found["purchase_order"] = purchase_order_for(store, data["purchase_order"])
    if data.get("supplier"):
        found["supplier"] = supplier_for(store, data["supplier"])
    if data.get("other_store"):
        found["other_store"] = sister_stores(store).get(slug=data["other_store"])
    if data.get("category"):
        found["category"] = categories_in_use(store).get(pk=data["category"])
    words = {name: data.get(name, "") for name in ("cause", "delivery_note", "shelf", "note")}
    sheet = open_sheet(store=store, kind=kind, actor=actor_of(request), now=timezone.now(), **words, **found)
    return reverse("manage:stock_sheet", kwargs=kwargs_of(store, number=sheet.number))


@manage_page(Permission.STOCK)
def sheet(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """The sheet; POST is one scan, whether by a scanner that types, the phone's camera or a photo."""
    found = sheet_for(store, number)
    form = ScanForm(request.POST or None, request.FILES or None)
    just = None
    if request.method == "POST" and form.is_valid():
        try:
            just = work_once(request, lambda: _scan(request, found, form))
        except DomainError as refusal:
            form.add_error("photo" if getattr(refusal, "field", "") == "photo" else "code", str(refusal))
        else:
            if not request.htmx:  # type: ignore[attr-defined]
                return to(store, "stock_sheet", number=number)
            form = ScanForm()
    return _shown(request, store, found, form=form, just=just)


def _shown(
    request: HttpRequest, store: Store, found: StockSheet, *, wrong: dict[str, Any] | None = None, **more: Any
) -> HttpResponse:
    """The sheet's page, or its body for a scan that came by script. What was typed wrong in a line heads the lines."""
    sums = sheet_sums(found)
    pages = Paginator(sheet_lines(found, first=wrong["variant"] if wrong else None), PER_PAGE)
    pages.count = sums.lines
    context = {
        "sheet": found,
        "page": pages.get_page(request.GET.get("page")),
        "sums": sums,
        "is_open": found.state == StockSheet.State.OPEN,
        "is_count": found.kind == Kind.COUNT,
        "is_lay_in": found.kind == Kind.LAY_IN,
        "missing": missing_of(found),
        "wrong": wrong,
        **more,
    }
    template = "supply/sheet_body.html" if request.htmx else "supply/sheet.html"  # type: ignore[attr-defined]
    return show(request, store, template, context, section="stock")


def _scan(request: HttpRequest, found: StockSheet, form: ScanForm) -> str:
    picture = form.cleaned_data["photo"]
    code = barcode_in(picture=picture) if picture else form.cleaned_data["code"]
    return str(scan(sheet=found, code=code, actor=actor_of(request), now=timezone.now()).variant_id)


@manage_page(Permission.STOCK)
@require_POST
def sheet_change(request: HttpRequest, store: Store, number: str, change: str) -> HttpResponse:
    """Pieces of a line, a line off, all that is missing, booking, throwing away."""
    found = sheet_for(store, number)
    actor, now = actor_of(request), timezone.now()
    if change == "pieces":
        variant = counted_variant(store, request.POST.get("article", ""))
        form = PiecesForm(request.POST)
        if not form.is_valid():
            said = _("%(sku)s: a whole number from 0 to 1,000,000.") % {"sku": variant.sku}
            if found.lines.filter(variant=variant).exists():
                wrong = {"variant": variant.pk, "typed": request.POST.get("quantity", ""), "said": said}
                return _shown(request, store, found, form=ScanForm(), wrong=wrong)
            messages.error(request, said)
            return to(store, "stock_sheet", number=number)
        set_pieces(sheet=found, variant=variant, quantity=form.cleaned_data["quantity"], actor=actor, now=now)
    elif change == "off":
        take_off(sheet=found, variant=counted_variant(store, request.POST.get("article", "")), actor=actor, now=now)
    elif change == "fill":
        count = fill_in(sheet=found, actor=actor, now=now)
        said = ngettext("%(count)d article was put on the sheet.", "%(count)d articles were put on the sheet.", count)
        messages.success(request, said % {"count": count})
    elif change == "discard":
        discard_sheet(sheet=found, actor=actor, now=now)
        messages.success(request, _("Thrown away. Nothing was moved."))
        return to(store, "stock_sheets")
    else:
        _book(request, store, found)
    return to(store, "stock_sheet", number=number)


def _book(request: HttpRequest, store: Store, found: StockSheet) -> None:
    try:
        book_sheet(sheet=found, actor=actor_of(request), now=timezone.now())
    except OutOfStock as refusal:
        variant = Variant.objects.filter(union=store.union_id, pk=refusal.facts["variant_id"]).first()
        if variant is None:
            raise NotFound from refusal
        said = _("%(sku)s: only %(available)d are free, the others are in carts or not there. Nothing was moved.")
        messages.error(request, said % {"sku": variant.sku, "available": refusal.facts["available"]})
    except MoreThanOrdered as refusal:
        said = _("%(sku)s: the order awaits only %(rest)d more. Book the others on a sheet of their own.")
        messages.error(request, said % {"sku": refusal.facts["sku"], "rest": refusal.facts["rest"]})
    else:
        messages.success(request, _("Booked."))
