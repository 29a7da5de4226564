"""After-sales service on the administration's pages: programs, insurance, vouchers and what came of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.models import User
from ascc.models import Assessment, Insurer, Policy, Voucher
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work
from ascc.services.disputing import add_evidence, open_dispute
from ascc.services.insuring import open_claim
from ascc.services.issuing import issue_vouchers
from ascc.services.moving import By
from ascc.services.policies import make_policy
from ascc.services.programs import Fits, publish_version
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import agree_visit, confirm_work, report_work, start_work
from tests.factories.accounts import UserFactory
from tests.factories.ascc import BEFORE, promise, sold
from tests.factories.ascc import program as a_program
from tests.factories.ascc import provider as a_provider
from tests.factories.orders import NOW as SOLD

if TYPE_CHECKING:
    from tests.admin.places import Place


def care(place: Place, name: str, store: Any) -> None:
    """A program with an insurer, a provider, a service that was assessed and claimed, another one in dispute.

    The center pays and another store works: the store's own earnings are those of `tests.admin.money.pay`.
    """
    union, things, customer = place.union, place.things, UserFactory(name=f"{name} Customer")
    insurer = things["ascc.insurer"] = Insurer.objects.create(union=union, name=f"{name} Insurer")
    policy = things["ascc.policy"] = insure(insurer, number=f"{name}-POLICY")
    worker = things["ascc.serviceprovider"] = a_provider(union, about=f"{name} repairs")
    promised = things["ascc.serviceprogram"] = a_program(
        union, title=f"{name} Program", policy=policy, funding="center"
    )
    own = Fits(product=things["stores.product"])
    following = promise(title=f"{name} Program", policy=policy, funding="center", fits=[own])
    publish_version(program=promised, promise=following, now=BEFORE)
    visits = [_visit(store, worker, customer, things["stores.product"]) for _again in range(2)]
    by, now = By("customer", customer.pk), SOLD + timedelta(days=2)
    redemption = things["ascc.redemption"] = confirm_work(visit=visits[0], by=by, now=now)
    redemption.voucher.refresh_from_db()
    things["ascc.voucher"] = redemption.voucher
    marks = dict.fromkeys(Assessment.ASPECTS, 5)
    words = assess_work(redemption=redemption, by=by, now=now, aspects=marks, words=f"{name} fine")
    things["ascc.assessment"], things["ascc.incentivevoucher"] = words, words.incentive
    redemption.refresh_from_db()
    things["ascc.claim"] = open_claim(redemption=redemption, by=By("center"), now=now)
    dispute = things["ascc.dispute"] = open_dispute(visit=visits[1], by=by, now=now, reason=f"{name} noise")
    add_evidence(dispute=dispute, by=by, now=now, words=f"{name} evidence")


def _visit(store: Any, worker: Any, customer: User, product: Any) -> Any:
    """A reported service for a voucher of something that the store has sold."""
    order = sold(store, owner=customer, lines=False)
    order.lines.create(
        union=store.union, variant=product.variants.first(), title=product.title, quantity=1, unit_price=9, total=9
    )
    issue_vouchers(order_ids=[order.pk], now=SOLD)
    voucher = Voucher.objects.select_related("version", "program__store").get(
        union=store.union, order_line__order=order
    )
    by, now = By("provider"), SOLD + timedelta(days=1)
    activate_voucher(voucher=voucher, by=by, now=now)
    accept_transmission(transmission=send_voucher(voucher=voucher, provider=worker, by=by, now=now), by=by, now=now)
    voucher.refresh_from_db()
    visit = start_work(visit=agree_visit(voucher=voucher, provider=worker, by=by, now=now), by=by, now=now)
    return report_work(visit=visit, by=by, now=now, report="Mended.")


def insure(insurer: Insurer, *, number: str) -> Policy:
    return make_policy(
        insurer=insurer,
        number=number,
        premium=50,
        claim_limit=9000,
        total_limit=90_000,
        deductible=500,
        starts_on=SOLD.date(),
        ends_on=SOLD.date() + timedelta(days=700),
    )
