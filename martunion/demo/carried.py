"""Carriers of the demo unions with their prices, and parcels in every state that one can be in."""

from datetime import date, datetime, timedelta

from django.db.models import Sum

from martunion.demo.content import UnionContent
from martunion.demo.trade import Trade
from orders.models import Carrier, CarrierPrice, CarrierService, HandOverRule, Order, Shipment, TrackingEvent
from orders.queries.parcels import goods_of
from orders.services.handing import ask_for_proof
from orders.services.parcels import ship_parcel
from orders.services.tracking import record_event, try_again
from unions.models import Union

# Short name, name, contact, phone; services: code, name, days, prices by weight in whole units of the currency ÷ 100.
CARRIERS: dict[str, list[tuple[str, str, str, str, list[tuple[str, str, int, int, list[tuple[int | None, int]]]]]]] = {
    "kaohsiung": [
        (
            "black-cat",
            "黑貓宅急便",
            "林小姐",
            "07 555 0181",
            [
                ("standard", "常溫宅配", 1, 2, [(5000, 13000), (20000, 25000)]),
                ("cool", "低溫宅配", 1, 2, [(5000, 19000)]),
            ],
        ),
        ("harbour-riders", "港都單車快遞", "阿德", "07 555 0182", [("same-day", "市區當日", 0, 1, [(8000, 12000)])]),
    ],
    "busan": [
        (
            "hanbada",
            "한바다택배",
            "박 팀장",
            "051 555 0181",
            [("standard", "일반 택배", 1, 2, [(5000, 3500), (20000, 6000)])],
        ),
        ("quick-bike", "번개퀵", "이 기사", "051 555 0182", [("same-day", "당일 퀵", 0, 1, [(10000, 15000)])]),
    ],
    "cornwall": [
        (
            "peninsula-post",
            "Peninsula Post",
            "Morwenna Jago",
            "01872 555 181",
            [
                ("standard", "Standard", 2, 3, [(2000, 420), (20000, 890)]),
                ("next-day", "Next day", 1, 1, [(2000, 750), (20000, 1290)]),
            ],
        ),
        (
            "lanes-van",
            "The Lanes Van",
            "Denzil Rowe",
            "01872 555 182",
            [("bulky", "Bulky goods", 1, 4, [(None, 2500)])],
        ),
    ],
}
WORDS = {
    "en": ("Sorting office", "Nobody was at home", "Tries again tomorrow morning"),
    "zh-hant": ("轉運中心", "收件人不在家", "明天上午再送一次"),
    "ko": ("집하 센터", "받는 분이 안 계셨습니다", "내일 오전에 다시 배송합니다"),
}
ZONES = {"kaohsiung": "臺灣本島", "busan": "전국", "cornwall": "United Kingdom"}
JUST_SO = ("penberth-bakery", "tamar-cheese", "back-road-pottery", "camel-cycles", "shanhe-tea")
"""Shops of which the documents and the sign-ins tell: they hand over just so."""


def open_carriers(*, union: Union, now: datetime) -> None:
    """What the union's office has entered."""
    year = now.year
    for slug, name, contact, phone, services in CARRIERS.get(union.slug, []):
        carrier = Carrier.objects.create(
            union=union,
            slug=slug,
            name=name,
            contact_name=contact,
            phone=phone,
            email=f"office@{slug}.example",
            site=f"https://{slug}.example/",
            tracking_page=f"https://{slug}.example/track?n={{number}}",
            contract_from=date(year, 1, 1),
            contract_until=date(year + 1, 12, 31),
        )
        for code, title, days_from, days_to, prices in services:
            service = CarrierService.objects.create(
                union=union, carrier=carrier, code=code, name=title, days_from=days_from, days_to=days_to
            )
            for grams, price in prices:
                CarrierPrice.objects.create(
                    union=union,
                    service=service,
                    zone=ZONES[union.slug],
                    countries=union.country,
                    up_to_grams=grams,
                    price=price,
                )


def load_parcels(*, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
    """What is on its way tells where it is: one was not delivered, one is brought again, one order left in part."""
    if TrackingEvent.objects.filter(union=union, external_id__startswith="demo-").exists():
        return
    place, away, again = WORDS[content.language]
    parcels = list(
        Shipment.objects.filter(union=union, state=Shipment.State.IN_TRANSIT)
        .select_related("order__union", "order__store")
        .order_by("-id")[:12]
    )
    for number, parcel in enumerate(parcels):
        began = parcel.sent_at or until
        _tell(parcel, "in_transit", min(began + timedelta(hours=5), until), place=place)
        if number % 3 == 2:
            continue
        _tell(parcel, "out_for_delivery", min(began + timedelta(hours=18), until), place=union.name)
        if number in (1, 4):
            _tell(parcel, "failed", min(began + timedelta(hours=22), until), words=away)
        if number == 4:
            parcel.refresh_from_db()
            parcel.order.union = union
            manager = trade.managers[parcel.order.store.slug]
            try_again(shipment=parcel, actor=manager, now=until, key="demo-again", words=again)
    _leave_in_part(union, trade, until=until)
    _ask_for_codes(union, trade, until=until)


def _tell(parcel: Shipment, state: str, at: datetime, *, place: str = "", words: str = "") -> None:
    record_event(
        shipment=parcel,
        state=state,
        at=at,
        now=at,
        source=TrackingEvent.Source.API,
        external_id=f"demo-{state}",
        place=place,
        words=words,
    )


def _leave_in_part(union: Union, trade: Trade, *, until: datetime) -> None:
    """Of one packed order the first piece leaves, the rest follows."""
    packed = Order.objects.filter(union=union, state=Order.State.PACKED, delivery_kind="delivery")
    order = packed.annotate(pieces=Sum("lines__quantity")).filter(pieces__gt=1).order_by("id").first()
    if order is None or trade.service is None:
        return
    order.union = union
    first = goods_of(order)[0]
    ship_parcel(
        order=order,
        actor=trade.managers[order.store.slug],
        now=until,
        service=trade.service,
        tracking_number=f"PART{order.pk:06d}",
        weight=900,
        pieces={first.pk: 1},
    )


def _ask_for_codes(union: Union, trade: Trade, *, until: datetime) -> None:
    """One store with something at its counter asks for the shopper's code."""
    at_counters = Order.objects.filter(union=union, state=Order.State.PACKED, delivery_kind="pickup")
    waiting = at_counters.exclude(store__slug__in=JUST_SO).select_related("store").order_by("-id").first()
    if waiting is not None:
        manager = trade.managers[waiting.store.slug]
        ask_for_proof(store=waiting.store, proof=HandOverRule.Proof.CODE, actor=manager, now=until)
