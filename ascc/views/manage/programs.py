"""A store's service programs: made, followed by new versions, ended; the center's extras taken into its catalogue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ascc.forms.programs import ProgramForm
from ascc.models import ProgramVersion
from ascc.presenting.programs import covers_text, length_text, promise_shown, visits_text
from ascc.queries.programs import Kept, offer_by, own_program, program_to_sell, programs_of, usual_tax
from ascc.services.offers import adopt_program, stop_offering
from ascc.services.programs import create_program, end_program, publish_version
from core.errors import DomainError, NotAllowed
from core.localized import localized
from core.money import format_money
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once

Sale = ProgramVersion.Sale


@manage_page(Permission.CATALOGUE)
def programs(request: HttpRequest, store: Store) -> HttpResponse:
    """The store's own programs, and what the service center offers."""
    own, of_center = programs_of(store, now=timezone.now())
    context = {
        "own": [_row(kept, store) for kept in own],
        "extras": [_row(kept, store) for kept in of_center if kept.current and kept.current.sale == Sale.EXTRA],
        "included": [_row(kept, store) for kept in of_center if kept.current and kept.current.sale == Sale.INCLUDED],
    }
    return show(request, store, "programs/list.html", context, section="programs")


def _row(kept: Kept, store: Store) -> dict[str, Any]:
    version = kept.current or kept.newest
    return {
        "kept": kept,
        "ref": kept.program.ref,
        "title": localized(version, "title"),
        "summary": localized(version, "summary"),
        "covers": covers_text(version),
        "length": length_text(version),
        "visits": visits_text(version.visits),
        "sale": version.get_sale_display(),
        "is_extra": version.sale == Sale.EXTRA,
        "is_open": kept.current is not None,
        "number": version.number,
        "price": format_money(version.price, store.union.currency) if version.price else "",
        "fee": format_money(version.fee, store.union.currency),
        "paid_by": version.get_funding_display(),
    }


@manage_page(Permission.CATALOGUE)
def new(request: HttpRequest, store: Store) -> HttpResponse:
    """A program of the store's own."""
    form = ProgramForm(request.POST or None, union=store.union, store=store)
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            made = create_program(union=store.union, store=store, promise=form.promise(), now=timezone.now())
            return reverse("manage:program", kwargs=kwargs_of(store, ref=made.ref))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("The program is in force: what is sold from now on comes under it."))
            return HttpResponseRedirect(address)
    return show(request, store, "programs/edit.html", {"form": form, "program": None}, section="programs")


@manage_page(Permission.CATALOGUE)
def program(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """One of the store's own, with all its versions."""
    found, now = own_program(store, ref), timezone.now()
    versions = list(found.versions.all())
    current = next((one for one in versions if one.valid_until is None or one.valid_until > now), None)
    newest = versions[0]
    offer = found.offers.filter(store=store).select_related("variant__product").first()
    context = {
        "program": found,
        "versions": [
            {"version": one, "sale": one.get_sale_display(), "is_current": one == current} for one in versions
        ],
        "promise": promise_shown(current or newest, currency=store.union.currency),
        "is_open": current is not None,
        "is_extra": newest.sale == Sale.EXTRA,
        "is_sold": offer is not None and offer.is_open,
        "fee": format_money(newest.fee, store.union.currency),
        "price": format_money(newest.price, store.union.currency) if newest.price else "",
        "rewards": [
            (step.at_least / 100, format_money(step.value, store.union.currency)) for step in newest.rewards.all()
        ],
    }
    return show(request, store, "programs/program.html", context, section="programs")


@manage_page(Permission.CATALOGUE)
def version(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """The version that follows; vouchers that were issued keep theirs."""
    found = own_program(store, ref)
    newest = next(iter(found.versions.all()), None)
    form = ProgramForm(request.POST or None, union=store.union, store=store, version=newest)
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            publish_version(program=found, promise=form.promise(), now=timezone.now())
            return reverse("manage:program", kwargs=kwargs_of(store, ref=ref))

        try:
            address = work_once(request, work)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("The new version is in force. Vouchers that were issued keep theirs."))
            return HttpResponseRedirect(address)
    return show(request, store, "programs/edit.html", {"form": form, "program": found}, section="programs")


@manage_page(Permission.CATALOGUE)
@require_POST
def end(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """Nothing is promised any more from now on."""
    end_program(program=own_program(store, ref), now=timezone.now())
    messages.success(request, _("Ended. Vouchers that were issued stay good."))
    return to(store, "program", ref=ref)


@manage_page(Permission.CATALOGUE)
@require_POST
def adopt(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """Into the store's catalogue with an extra: with its goods it can be put in the cart."""
    found = program_to_sell(store, ref)
    tax = usual_tax(store)
    if tax is None:
        raise NotAllowed(_("The union has no tax class yet; its office adds one."))
    adopt_program(program=found, store=store, tax_class=tax, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("It stands in your catalogue and can be bought with your goods."))
    return to(store, "programs")


@manage_page(Permission.CATALOGUE)
@require_POST
def stop(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """Sold no longer; what was sold stays good."""
    stop_offering(offer=offer_by(store, ref), actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Sold no longer. What was sold stays good."))
    return to(store, "programs")
