"""Lives through the planned weeks with the real services, each at its own time: nothing is made up beside them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from accounts.models import User
from core.errors import DomainError
from martunion.demo.content import UnionContent, people
from martunion.demo.goods import sku_of
from martunion.demo.plan import APPROVES, PlannedPart, PlannedPurchase, PlannedStep
from martunion.demo.walked import do_own_steps
from orders.models import CarrierService, Cart, Order, Purchase
from orders.queries.cart_review import review_cart
from orders.services.cancelling import cancel_order
from orders.services.cart import add_to_cart
from orders.services.checkout import CheckoutDetails, choose_delivery, save_details
from orders.services.fulfilment import (
    accept_order,
    complete_order,
    deliver_order,
    hand_over_order,
    pack_order,
    ship_order,
)
from orders.services.purchase import pay, place_purchase
from orders.services.runs.starting import start_runs
from payments.models import PaymentAccount
from payments.services.accounts import add_payment_account
from stores.models import DeliveryOption, Store, Variant
from unions.models import Union

NUMBERS = {"kaohsiung": "KHH", "busan": "BS", "cornwall": "CW"}
"""How the first carrier of each union numbers its parcels."""
REASONS = {
    "zh-hant": {"shopper": "改變主意", "store": "展示品有瑕疵，暫時缺貨"},
    "ko": {"shopper": "마음이 바뀌었어요", "store": "진열품에 흠이 있어 보내 드릴 수 없습니다"},
    "en": {"shopper": "Changed my mind", "store": "The last one had a crack, sorry"},
}


class Trade:
    """One union's shoppers and managers at work; knows its rows by the names that the plan uses."""

    def __init__(self, *, union: Union, content: UnionContent) -> None:
        self.union = union
        self.content = content
        self.stores = {row.slug: row for row in Store.objects.filter(union=union)}
        self.options = {
            (row.store_id, row.name): row.pk for row in DeliveryOption.objects.filter(union=union, is_active=True)
        }
        self.variants = dict(Variant.objects.filter(union=union).values_list("sku", "pk"))
        emails = [f"{row[1]}@mail.example" for row in people()["customers"][content.slug]]
        users = {user.email: user for user in User.objects.filter(email__in=emails).prefetch_related("addresses")}
        self.customers = [users[email] for email in emails]
        self.managers = {store.slug: User.objects.get(email=store.raw["owner"]["email"]) for store in content.stores}
        self.accounts = {
            account.user_id: account
            for account in PaymentAccount.objects.filter(user__in=self.customers, is_default=True)
        }
        self.service = CarrierService.objects.filter(union=union).select_related("carrier").order_by("id").first()
        bought = Purchase.objects.filter(union=union, cart__token__startswith="demo-").select_related("cart")
        self.purchases = {purchase.cart.token: purchase for purchase in bought if purchase.cart}
        self.orders: dict[tuple[str, int], Order] = {}
        for order in Order.objects.filter(purchase__in=bought).select_related("purchase__cart"):
            self._keep(order.purchase.cart.token if order.purchase.cart else "", order)

    def open_steps(self, steps: list[PlannedStep]) -> list[PlannedStep]:
        """Those of the steps that have not been done, nor been overtaken by what people did since."""
        return [step for step in steps if self._is_open(step)]

    def _is_open(self, step: PlannedStep) -> bool:
        if step.part is None:
            orders = [order for (token, _store), order in self.orders.items() if token == step.purchase.token]
            waiting = step.purchase.account == APPROVES and any(order.state == "placed" for order in orders)
            return waiting or step.purchase.token not in self.purchases
        order = self.orders.get((step.purchase.token, self.stores[step.part.store].pk))
        return order is None or PROGRESS.index(order.state) <= PROGRESS.index(SOURCES[step.move])

    def take(self, step: PlannedStep) -> None:
        """Do what the step says, unless it has been done or people have done something else since.

        A refusal is passed over: a demo loaded by an earlier version has gone by another plan, and must still start.
        """
        if step.part is None:
            with suppress(DomainError):
                self._place(step.purchase, at=step.at)
            return
        order = self.orders.get((step.purchase.token, self.stores[step.part.store].pk))
        if order is not None and order.state == SOURCES[step.move]:
            with suppress(DomainError):
                MOVES[step.move](self, order, step.part, step.at)

    def _place(self, planned: PlannedPurchase, *, at: datetime) -> None:
        """From the empty cart to the answer of the bank."""
        user = self.customers[planned.customer]
        purchase = self.purchases.get(planned.token)
        if purchase is None:
            cart = self._cart(planned, user, at=at)
            if cart is None:
                return
            review = review_cart(cart=cart, now=at, language=user.language)
            purchase = place_purchase(
                cart=cart, digest=review.digest, language=user.language, origin=Purchase.Origin.WEBSITE, now=at
            )
            self.purchases[planned.token] = purchase
        elif Order.objects.filter(purchase=purchase).exclude(state=Order.State.PLACED).exists():
            return
        purchase.union = self.union
        pay(purchase=purchase, now=at)
        start_runs(purchase_id=purchase.pk, now=at)
        for order in Order.objects.filter(purchase=purchase):
            self._keep(planned.token, order)

    def _cart(self, planned: PlannedPurchase, user: User, *, at: datetime) -> Cart | None:
        """The filled cart; None when this person has begun another one in the meantime."""
        cart = Cart.objects.filter(union=self.union, user=user, state=Cart.State.OPEN).first()
        there: set[int] = set()
        if cart is None:
            cart = Cart.objects.create(union=self.union, user=user, token=planned.token, touched_at=at)
        elif cart.token == planned.token:
            there = set(cart.lines.values_list("variant_id", flat=True))
        else:
            return None
        for part in planned.parts:
            for (_store, good, position), quantity in part.pieces.items():
                variant = self.variants[self._sku(part.store, good, position)]
                if variant not in there:
                    add_to_cart(union=self.union, user=user, token="", variant_id=variant, quantity=quantity, now=at)
        cart.union = self.union
        choose_delivery(
            cart=cart,
            choices={
                self.stores[part.store].pk: self.options[self.stores[part.store].pk, self._delivery_name(part)]
                for part in planned.parts
            },
        )
        address = user.addresses.all()[0]
        details = CheckoutDetails(
            email=user.email,
            recipient=address.recipient,
            phone=address.phone,
            line1=address.line1,
            city=address.city,
            postal_code=address.postal_code,
            country=address.country,
        )
        return save_details(cart=cart, details=details, account=self._account(planned, user, at=at), now=at)

    def _account(self, planned: PlannedPurchase, user: User, *, at: datetime) -> PaymentAccount:
        if planned.account == APPROVES:
            return self.accounts[user.pk]
        return add_payment_account(
            user=None, provider="bank", details={"token": planned.account, "holder": user.name}, now=at
        )

    def _sku(self, store: str, good: str, position: int) -> str:
        stocked = next(row for row in self.content.stores if row.slug == store)
        number = next(place for place, row in enumerate(stocked.goods) if row.slug == good)
        return sku_of(store, number, position)

    def _delivery_name(self, part: PlannedPart) -> str:
        return str(self.content.raw["delivery"][part.delivery]["name"][self.content.language])

    def _keep(self, token: str, order: Order) -> None:
        order.union = self.union
        self.orders[token, order.store_id] = order

    def _accept(self, order: Order, part: PlannedPart, at: datetime) -> None:
        accept_order(order=order, actor=self.managers[part.store], now=at)

    def _pack(self, order: Order, part: PlannedPart, at: datetime) -> None:
        do_own_steps(order=order, actor=self.managers[part.store], at=at)
        pack_order(order=order, actor=self.managers[part.store], now=at)

    def _ship(self, order: Order, part: PlannedPart, at: datetime) -> None:
        ship_order(
            order=order,
            actor=self.managers[part.store],
            service=self.service,
            tracking_number=f"{NUMBERS[self.content.slug]}{order.pk:08d}",
            now=at,
        )

    def _hand_over(self, order: Order, part: PlannedPart, at: datetime) -> None:
        hand_over_order(order=order, actor=self.managers[part.store], now=at)

    def _deliver(self, order: Order, part: PlannedPart, at: datetime) -> None:
        deliver_order(order=order, actor=self.managers[part.store], now=at)

    def _complete(self, order: Order, part: PlannedPart, at: datetime) -> None:
        asked = (order.delivered_at or at) + timedelta(days=1)
        do_own_steps(order=order, actor=self.managers[part.store], at=asked)
        complete_order(order=order, now=at)

    def _cancel(self, order: Order, part: PlannedPart, at: datetime) -> None:
        reason = REASONS[self.content.language]["shopper"]
        cancel_order(order=order, actor=order.purchase.user, reason=reason, now=at)

    def _refuse(self, order: Order, part: PlannedPart, at: datetime) -> None:
        reason = REASONS[self.content.language]["store"]
        cancel_order(order=order, actor=self.managers[part.store], reason=reason, now=at, by_store=True)


PROGRESS = ["placed", "paid", "accepted", "packed", "shipped", "delivered", "completed", "cancelled"]
SOURCES = {
    "accept": Order.State.PAID,
    "pack": Order.State.ACCEPTED,
    "ship": Order.State.PACKED,
    "hand_over": Order.State.PACKED,
    "deliver": Order.State.SHIPPED,
    "complete": Order.State.DELIVERED,
    "cancel": Order.State.PAID,
    "refuse": Order.State.ACCEPTED,
}
MOVES: dict[str, Callable[[Trade, Order, PlannedPart, datetime], None]] = {
    "accept": Trade._accept,
    "pack": Trade._pack,
    "ship": Trade._ship,
    "hand_over": Trade._hand_over,
    "deliver": Trade._deliver,
    "complete": Trade._complete,
    "cancel": Trade._cancel,
    "refuse": Trade._refuse,
}
