"""After-sales service in the demo: programs, who does the work, and vouchers in every state.

A workshop of each union does service. With its goods come a check-up that the center promises and a repair of its own;
the center's longer protection is sold as an extra.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from ascc.models import (
    Assessment,
    IncentiveVoucher,
    Insurer,
    ProviderPrice,
    ServiceProgram,
    ServiceProvider,
    Voucher,
    VoucherStep,
)
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work, give_incentive, redeem_incentive
from ascc.services.disputing import add_evidence, open_dispute
from ascc.services.insuring import open_claim
from ascc.services.issuing import issue_vouchers
from ascc.services.moving import By
from ascc.services.offers import adopt_program
from ascc.services.policies import make_policy
from ascc.services.pricing import set_price
from ascc.services.programs import Fits, Promise, create_program
from ascc.services.providers import apply_as_provider, move_provider
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import Part, agree_visit, confirm_work, report_work, set_out, start_work
from martunion.demo import pictures
from martunion.demo.cared_words import WORDS
from martunion.demo.content import UnionContent
from martunion.demo.files import SVG, keep
from martunion.demo.trade import Trade
from martunion.demo.unions import amount
from orders.models import Order
from stores.models import Picture, Product, Store, TaxClass
from stores.services.search import index_products
from stores.services.summary import refresh_product
from unions.models import Union

Side = VoucherStep.Side
State, Unit = ServiceProvider.State, ProviderPrice.Unit
WORKSHOPS = {"cornwall": "camel-cycles", "kaohsiung": "hamasen-cycles", "busan": "seomyeon-phone-repair"}
APPLICANTS = {"cornwall": "polzeath-surf", "kaohsiung": "pier-cameras", "busan": "songjeong-surf"}
FEES = {"GBP": 18, "TWD": 500, "KRW": 25_000}
"""What a visit pays, in major units of the union's currency; the other amounts follow from it."""
SKILLS = {"cornwall": "vp-2", "kaohsiung": "vp-2", "busan": "sv-repair"}
BEGAN = timedelta(days=50)
MOST = 24
"""So many orders bring vouchers; the rest of the trade was before there were programs for it."""


def load_care(*, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
    """Programs, providers and the lives of vouchers; what is there already stays as it is."""
    _Care(union, content, trade, until).load()


class _Care:
    """One union's after-sales service, each step at its own time."""

    def __init__(self, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
        self.union, self.trade, self.until = union, trade, until
        self.words = WORDS[content.language]
        self.workshop, self.applicant = (trade.stores[names[content.slug]] for names in (WORKSHOPS, APPLICANTS))
        self.worker = trade.managers[self.workshop.slug]
        self.skill, self.fee = SKILLS[content.slug], FEES[union.currency]
        self.center = User.objects.filter(pk__in=union.staff.values("user")).order_by("pk").first()

    def load(self) -> None:
        """Again it goes on where it was."""
        began = self.until - BEGAN
        if not ServiceProgram.objects.filter(union=self.union).exists():
            self._programs(began)
        provider = self._providers(began)
        self._issue()
        self._live(provider)

    # --- what is promised ----------------------------------------------------------------------------------------

    @transaction.atomic
    def _programs(self, began: datetime) -> None:
        create: dict[str, Any] = {"union": self.union, "now": began}
        fee = amount(self.union, self.fee)
        insurer = Insurer.objects.create(union=self.union, name=self.words["insurer"], email="claims@insurer.example")
        policy = make_policy(
            insurer=insurer,
            number="ASC-1",
            premium=fee // 10,
            claim_limit=fee * 10,
            total_limit=fee * 1000,
            deductible=fee // 5,
            starts_on=began.date(),
            ends_on=began.date() + timedelta(days=3 * 365),
        )
        rewards = [(400, fee // 10), (480, fee // 5)]
        goods = [Fits(store=self.workshop)]
        check = self._promise(
            "check", covers=["check_up"], fee=fee, months=12, funding="center", policy=policy, activate_days=180,
            fits=[Fits(store=self.workshop), Fits(store=self.applicant)],
            rewards=rewards,
        )  # fmt: skip
        create_program(store=None, promise=check, **create)
        mend = self._promise("mend", covers=["repair"], fee=fee, months=12, visits=2, fits=goods, rewards=rewards)
        create_program(store=self.workshop, promise=mend, **create)
        more = self._promise(
            "more", covers=["repair", "pick_up"], fee=fee * 2, deductible=fee // 2, months=36, visits=3, sale="extra",
            price=fee * 3, policy=policy, fits=goods, rewards=rewards,
        )  # fmt: skip
        extra = create_program(store=None, promise=more, **create)
        tax = TaxClass.objects.filter(union=self.union, code="standard").first() or TaxClass.objects.filter(
            union=self.union
        ).earliest("pk")
        offer = adopt_program(program=extra, store=self.workshop, tax_class=tax, actor=self.worker, now=began)
        self._drawn(offer.variant.product)

    def _promise(self, name: str, **said: Any) -> Promise:
        title, summary, terms = self.words[name]
        others = {
            language: dict(zip(("title", "summary", "terms"), WORDS[language][name], strict=True))
            for language in self.union.languages[1:]
            if language in WORDS
        }
        return Promise(title=title, summary=summary, terms=terms, translations=others, **said)

    def _drawn(self, product: Product) -> None:
        """A picture as all goods of the demo have one, and a place in the search."""
        drawing = pictures.good(motif="tool", key=f"{self.workshop.slug}/{product.slug}", hue=self.union.hue)
        path = keep(f"demo/{self.union.slug}/{self.workshop.slug}/{product.slug}.svg", drawing)
        size = {"path": path, "width": 400, "height": 400, "type": SVG}
        Picture.objects.create(union=self.union, product=product, alt=product.title, sizes=[size])
        refresh_product(product_ids=[product.pk])
        index_products(product_ids=[product.pk])

    # --- who does it ---------------------------------------------------------------------------------------------

    def _providers(self, began: datetime) -> ServiceProvider:
        """The workshop is let in; another store waits for the office's word."""
        found = ServiceProvider.objects.filter(union=self.union, store=self.workshop).first()
        if found is None:
            found = self._applied(self.workshop, "about", began)
        if found.state == State.APPLIED:
            move_provider(provider=found, to=State.APPROVED, actor=self.center, now=began, reason=self.words["welcome"])
        if not found.prices.exists():
            self._price(found)
        if not ServiceProvider.objects.filter(union=self.union, store=self.applicant).exists():
            self._applied(self.applicant, "hopes", self.until - timedelta(days=1))
        found.store = self.workshop
        return found

    def _price(self, provider: ServiceProvider) -> None:
        """What it takes for what no voucher covers."""
        fee = amount(self.union, self.fee)
        for place, (value, unit) in enumerate([(fee // 2, Unit.VISIT), (fee * 3 // 4, Unit.HOUR)]):
            others = {
                language: {"title": WORDS[language]["prices"][place]}
                for language in self.union.languages[1:]
                if language in WORDS
            }
            title = self.words["prices"][place]
            set_price(provider=provider, title=title, amount=value, unit=unit, code=self.skill, translations=others)

    def _applied(self, store: Store, words: str, now: datetime) -> ServiceProvider:
        manager = self.trade.managers[store.slug]
        return apply_as_provider(
            store=store, actor=manager, about=self.words[words], reach_km=30, skills=[self.skill, "sv"], now=now
        )

    # --- what became of it ---------------------------------------------------------------------------------------

    def _issue(self) -> None:
        arrived = (
            Order.objects.filter(
                union=self.union, store__in=[self.workshop, self.applicant], delivered_at__isnull=False
            )
            .exclude(state=Order.State.CANCELLED)
            .order_by("delivered_at", "pk")
        )
        for order in arrived[:MOST]:
            issue_vouchers(order_ids=[order.pk], now=order.delivered_at or self.until)

    def _live(self, provider: ServiceProvider) -> None:
        """The oldest vouchers have come furthest; each goes its way unless somebody has taken it further."""
        found = (
            Voucher.objects.filter(union=self.union, owner__isnull=False)
            .select_related("program__store", "version__policy", "owner", "store", "union")
            .order_by(F("version__policy").asc(nulls_last=True), "issued_at", "pk")
        )
        first: list[Callable[[_Life], Any]] = [
            _Life.claimed, _Life.disputed, _Life.rewarded, _Life.agreed, _Life.accepted, _Life.sent, _Life.active,
        ]  # fmt: skip
        more: list[Callable[[_Life], Any]] = [_Life.credited, _Life.assessed, _Life.reported, _Life.active]
        # Between them some wait for their activation.
        waiting = [*zip(found[: len(first)], first, strict=False), *zip(found[10:], more, strict=False)]
        for voucher, way in waiting:
            if voucher.state == Voucher.State.ISSUED:
                way(_Life(self, voucher, provider))


class _Life:
    """What happens to one voucher; each step some hours after the one before, none in the future."""

    def __init__(self, care: _Care, voucher: Voucher, provider: ServiceProvider) -> None:
        self.voucher, self.provider, self.words, self.until = voucher, provider, care.words, care.until
        self.at = voucher.issued_at
        self.customer = By(Side.CUSTOMER, voucher.owner_id)
        self.worker, self.center = By(Side.PROVIDER, care.worker.pk), By(Side.CENTER, getattr(care.center, "pk", None))

    def _later(self, hours: int = 3) -> datetime:
        self.at = min(self.at + timedelta(hours=hours), self.until)
        return self.at

    def active(self) -> None:
        activate_voucher(voucher=self.voucher, by=self.customer, now=self._later())

    def sent(self) -> Any:
        self.active()
        # What still waits was sent just now: nobody lets it lapse while the demo is looked at.
        return send_voucher(
            voucher=self.voucher, provider=self.provider, by=self.customer, now=self._late(), wish=self.words["wish"]
        )

    def _late(self) -> datetime:
        """Lately, for what waits for an answer; in its own time for what went on."""
        self.at = max(self.at, self.until - timedelta(hours=20)) if self.is_waiting else self._later()
        return self.at

    is_waiting = True

    def accepted(self) -> None:
        sent = self.sent()
        accept_transmission(transmission=sent, by=self.worker, now=self._later(1))
        self.voucher.refresh_from_db()

    def agreed(self) -> Any:
        self.accepted()
        return agree_visit(voucher=self.voucher, provider=self.provider, by=self.worker, now=self._later(2))

    def reported(self) -> Any:
        visit = self.agreed()
        set_out(visit=visit, by=self.worker, now=self._later(2))
        start_work(visit=visit, by=self.worker, now=self._later(1))
        parts = [Part(self.words["part"], 1, visit.fee // 4)]
        return report_work(visit=visit, by=self.worker, now=self._later(1), report=self.words["report"], parts=parts)

    def disputed(self) -> None:
        dispute = open_dispute(visit=self.reported(), by=self.customer, now=self._later(), reason=self.words["wrong"])
        add_evidence(dispute=dispute, by=self.customer, now=self._later(1), words=self.words["theirs"])
        add_evidence(dispute=dispute, by=self.worker, now=self._later(1), words=self.words["ours"])

    def done(self) -> Any:
        self.is_waiting = False
        return confirm_work(visit=self.reported(), by=self.customer, now=self._later())

    def assessed(self) -> Any:
        marks = dict.fromkeys(Assessment.ASPECTS, 5) | {"price": 4}
        redemption = self.done()
        redemption.voucher.refresh_from_db()
        return assess_work(
            redemption=redemption, by=self.customer, now=self._later(), aspects=marks, words=self.words["praise"]
        )

    def rewarded(self) -> None:
        incentive = IncentiveVoucher.objects.select_related("voucher__program__store", "provider__store").get(
            assessment=self.assessed()
        )
        give_incentive(incentive=incentive, by=self.customer, now=self._later())
        redeem_incentive(incentive=incentive, now=self._later())

    def credited(self) -> None:
        """As `rewarded`, but set against what the provider owes the union."""
        incentive = IncentiveVoucher.objects.select_related("voucher__program__store", "provider__store").get(
            assessment=self.assessed()
        )
        give_incentive(incentive=incentive, by=self.customer, now=self._later())
        redeem_incentive(incentive=incentive, now=self._later(), paid_as=IncentiveVoucher.Paid.CREDIT)

    def claimed(self) -> None:
        redemption = self.done()
        if redemption.voucher.version.policy_id is not None:
            open_claim(redemption=redemption, by=self.center, now=self._later(24))
