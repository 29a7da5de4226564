"""What the office, a seller, a provider, a customer and a guest look at in a full database of vouchers.

Pages are asked for through Django's test client, each by whom it is for; queries are run as the beat and the API do.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from ascc.models import Insurer, Redemption, Voucher
from ascc.queries.desk import desk_of, held_voucher, provider_of
from ascc.queries.kept_figures import count_anew
from ascc.queries.keyed import voucher_for, vouchers_for
from ascc.queries.vouchers import voucher_in_public, vouchers_from
from ascc.services.assessing import expire_incentives
from ascc.services.ending import cancel_vouchers_of_order, close_silent, lapse_vouchers
from ascc.services.passing_on import give_to_known
from ascc.services.reminding import remind_owners
from ascc.services.transmitting import lapse_unanswered
from ascc.services.working import confirm_silent
from stores.models import ApiKey, Store
from unions.models import EnterpriseMember, Union

ROUNDS = 5
LONG = 2_000.0
"""Milliseconds after which something is not asked again."""
SMALL = 1_000
"""Rows that may be read whole, as the few providers and programs that a union has."""
OWNED = 200
"""Vouchers of the customer who looks into their wallet."""
HOST = "127.0.0.1"


def look() -> list[dict[str, Any]]:
    """Of each question the milliseconds, and whether any table of after-sales service is read whole."""
    union = Union.objects.get()
    some = Voucher.objects.select_related("provider", "order_line").filter(state="accepted").exclude(serial="").first()
    assert some is not None and some.provider is not None
    asked = {**_asked_of_queries(union, some), **_asked_of_pages(union, some), **_asked_by_the_beat()}
    return [_look(what, ask) for what, ask in asked.items()]


def _asked_of_queries(union: Union, some: Voucher) -> dict[str, Callable[[], object]]:
    store = Store.objects.select_related("union", "membership").get(pk=some.store_id)
    office, seller = ApiKey(union=union), ApiKey(union=union, store=store)
    provider = provider_of(store)
    assert provider is not None
    return {
        "API: by code": lambda: voucher_for(union, office, some.code),
        "API: the newest of the union": lambda: list(vouchers_for(union, office)[:24]),
        "API: the newest of a seller": lambda: list(vouchers_for(union, seller)[:24]),
        "API: the newest of a provider": lambda: list(vouchers_for(union, seller, side="provider")[:24]),
        "the public page's voucher": lambda: voucher_in_public(some.code),
        "a provider's day": lambda: desk_of(provider),
        "a voucher at its provider": lambda: held_voucher(provider, some.code),
        "worker: figures of a year": lambda: count_anew(union, days=365, now=timezone.now()),
        "worker: figures of a seller's year": lambda: count_anew(union, store, days=365, now=timezone.now()),
        "a guest's vouchers are claimed": lambda: give_to_known(emails=["nobody@example.org"]),
        "an order's vouchers for its mail": lambda: vouchers_from(
            order_id=some.order_line.order_id, first_id=Voucher.objects.order_by("-id")[1000].pk
        ),
    }


def _asked_of_pages(union: Union, some: Voucher) -> dict[str, Callable[[], object]]:
    store = Store.objects.select_related("membership").get(pk=some.store_id)
    center = User.objects.create_superuser("center@example.org", "of the benchmark", name="Center")
    owner = User.objects.create_user("owner@example.org", "of the benchmark", name="Owner")
    enterprise = store.membership.enterprise_id
    EnterpriseMember.objects.create(enterprise_id=enterprise, user=owner, role=EnterpriseMember.Role.OWNER)
    first = Voucher.objects.order_by("id").values_list("id", flat=True)[0]
    Voucher.objects.filter(pk__gte=first, pk__lt=first + OWNED).update(owner=owner, email="")
    in_office, at_work = _browser(center), _browser(owner)
    office, shop = "/admin/ascc/", f"/manage/{union.slug}/{store.slug}/programs"
    number, done = some.order_line.order.number, Redemption.objects.select_related("voucher").order_by("id")[1000]
    insurer = Insurer.objects.get()

    def page(browser: Client, address: str) -> Callable[[], object]:
        def ask() -> None:
            response = browser.get(address)
            assert response.status_code == 200, (address, response.status_code)

        return ask

    pages = {
        "office: vouchers": (in_office, f"{office}voucher/"),
        "office: vouchers in service, none": (in_office, f"{office}voucher/?state__exact=in_service"),
        "office: vouchers accepted, few": (in_office, f"{office}voucher/?state__exact=accepted"),
        "office: a program's": (in_office, f"{office}voucher/?program__id__exact={some.program_id}"),
        "office: a seller's": (in_office, f"{office}voucher/?store__id__exact={some.store_id}"),
        "office: a provider's": (in_office, f"{office}voucher/?provider__id__exact={some.provider_id}"),
        "office: by code": (in_office, f"{office}voucher/?q={some.code}"),
        "office: by serial number": (in_office, f"{office}voucher/?q={some.serial}"),
        "office: by e-mail address": (in_office, f"{office}voucher/?q={some.email}"),
        "office: by order": (in_office, f"{office}voucher/?q={number}"),
        "office: by nothing that there is": (in_office, f"{office}voucher/?q=BB-0000-0"),
        "office: one with its timeline": (in_office, f"{office}voucher/{some.pk}/change/"),
        "office: figures of a year": (in_office, f"{office}voucher/figures/?union={union.pk}"),
        "office: figures of 30 days": (in_office, f"{office}voucher/figures/?union={union.pk}&days=30"),
        "office: services": (in_office, f"{office}redemption/"),
        "office: a service by its voucher": (in_office, f"{office}redemption/?q={done.voucher.code}"),
        "office: assessments of a provider": (in_office, f"{office}assessment/?provider__id__exact={some.provider_id}"),
        "office: an assessment by its voucher": (in_office, f"{office}assessment/?q={done.voucher.code}"),
        "office: an insurer": (in_office, f"{office}insurer/{insurer.pk}/change/"),
        "office: assessments": (in_office, f"{office}assessment/"),
        "seller: vouchers": (at_work, f"{shop}/vouchers/"),
        "seller: vouchers in service, few": (at_work, f"{shop}/vouchers/?view=running"),
        "seller: vouchers used up": (at_work, f"{shop}/vouchers/?view=closed"),
        "seller: by order": (at_work, f"{shop}/vouchers/?q={number}"),
        "seller: by e-mail address": (at_work, f"{shop}/vouchers/?q={some.email}"),
        "seller: one with its timeline": (at_work, f"{shop}/vouchers/{some.code}/"),
        "seller: figures of a year": (at_work, f"{shop}/figures/"),
        "provider: day": (at_work, f"/provider/{union.slug}/{store.slug}/"),
        "provider: record": (at_work, f"/provider/{union.slug}/{store.slug}/record/"),
        "customer: wallet": (at_work, "/account/vouchers/"),
    }
    return {what: page(browser, address) for what, (browser, address) in pages.items()}


def _asked_by_the_beat() -> dict[str, Callable[[], object]]:
    """What runs by itself, once it has nothing to do: work that is due is not what is measured."""
    now = timezone.now()
    return {
        "beat: reminders": lambda: remind_owners(now=now),
        "beat: what lapses": lambda: lapse_vouchers(now=now),
        "beat: what nobody answers": lambda: lapse_unanswered(now=now),
        "beat: what silence confirms": lambda: confirm_silent(now=now),
        "beat: what is never assessed": lambda: close_silent(now=now),
        "beat: rewards that lapse": lambda: expire_incentives(now=now),
        "beat: an order is cancelled that has none": lambda: cancel_vouchers_of_order(order_id=0, now=now, reason=""),
    }


def _browser(user: User) -> Client:
    client = Client(SERVER_NAME=HOST)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _look(what: str, ask: Callable[[], object]) -> dict[str, Any]:
    plans: list[str] = []

    def explain(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {statement}", params)
                plans.extend(row[0] for row in cursor.fetchall())
        return execute(statement, params, many, context)

    with connection.execute_wrapper(explain):
        ask()
    times: list[float] = []
    while len(times) < ROUNDS and sum(times) < LONG:
        begun = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - begun))
    scanned = {line.partition(" Scan on ")[2].split()[0] for line in plans if "Seq Scan on ascc_" in line}
    scans = [table for table in sorted(scanned) if _rows(table) > SMALL]
    return {"what": what, "ms": statistics.median(times), "scans": scans}


def _rows(table: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        found: float = cursor.fetchone()[0]
    return found
