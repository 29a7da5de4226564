"""What the demo's customers asked and complained about, how stores and unions answered, and answers to reviews."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from martunion.demo.content import UnionContent
from martunion.demo.trade import Trade
from orders.models import CustomerResponse, Order, ResponseTerms, Voice
from orders.queries.responses import response_with_all
from orders.services.contact import Contact
from orders.services.responses import (
    Subject,
    answer_response,
    ask_store,
    call_union,
    rate_response,
    take_in_review,
    write_more,
)
from stores.models import Product, Review, Unfit
from stores.services.reviews import report_review
from unions.models import Union

Kind, State = CustomerResponse.Kind, Order.State
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "asks": "Would this do as a present for somebody who has one already?",
        "answers": "Take the smaller one: it goes well beside the first. We wrap it, too.",
        "thanks": "Lovely, thank you.",
        "complains": "One of the pieces arrived with a crack. The parcel itself looked fine.",
        "regrets": "We are sorry! A new one leaves the shop today; keep the cracked one.",
        "quick": "Solved within a day.",
        "returns": "It is more yellow than on the picture. I would like to give it back.",
        "offers": "Of course. Bring it in, or shall we have it fetched?",
        "late": "I have waited for an answer for days.",
        "opens": "Do you open on the bank holiday?",
        "review": "Thank you! We are glad that it found such a good home.",
        "report": "This is about another shop.",
    },
    "zh-hant": {
        "asks": "對方已經有一個了，再送這個當禮物合適嗎？",
        "answers": "建議選小一點的，擺在一起很好看。我們也可以代為包裝。",
        "thanks": "太好了，謝謝。",
        "complains": "收到時其中一件有裂痕，外箱看起來沒問題。",
        "regrets": "非常抱歉！今天就補寄新的，裂的那件請留著。",
        "quick": "一天內就解決了。",
        "returns": "顏色比照片偏黃，我想退回。",
        "offers": "沒問題。您方便送來，還是我們派人去取？",
        "late": "等了好幾天都沒有回覆。",
        "opens": "連假期間有營業嗎？",
        "review": "謝謝您！很高興它有了好歸宿。",
        "report": "這則評論說的是別家店。",
    },
    "ko": {
        "asks": "이미 하나 가지고 있는 분께 선물해도 괜찮을까요?",
        "answers": "조금 작은 것을 권해 드려요. 나란히 두면 잘 어울립니다. 포장도 해 드려요.",
        "thanks": "좋네요, 감사합니다.",
        "complains": "하나가 금이 간 채로 왔어요. 상자는 멀쩡했습니다.",
        "regrets": "정말 죄송합니다! 오늘 새것을 보내 드릴게요. 금이 간 것은 그냥 두셔도 됩니다.",
        "quick": "하루 만에 해결됐어요.",
        "returns": "사진보다 색이 노래요. 돌려드리고 싶습니다.",
        "offers": "물론입니다. 가져다주시겠어요, 아니면 가지러 갈까요?",
        "late": "며칠째 답을 기다리고 있어요.",
        "opens": "연휴에도 문을 여나요?",
        "review": "감사합니다! 좋은 곳에서 쓰인다니 기쁩니다.",
        "report": "다른 가게에 대한 이야기예요.",
    },
}
ANSWERED_REVIEWS = 4
SHOWN_FIRST = ("back-road-pottery", "camel-cycles", "shanhe-tea")


def load_responses(*, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
    """In two stores of the union each kind in another state; some reviews answered, one reported."""
    if CustomerResponse.objects.filter(union=union).exists():
        return
    ResponseTerms.objects.get_or_create(union=union, store=None)
    words = WORDS[union.default_language]
    arrived = Order.objects.filter(
        union=union, state__in=[State.DELIVERED, State.COMPLETED], purchase__user__in=trade.customers
    ).select_related("purchase__user", "store__union", "store__membership")
    seen: set[int] = set()
    # Newcomers sign in as the owners of these.
    shown_first = sorted(arrived.order_by("-delivered_at"), key=lambda order: order.store.slug not in SHOWN_FIRST)
    for order in shown_first:
        if order.store_id not in seen and len(seen) < 2:
            seen.add(order.store_id)
            _around(order, words=words, until=until)
    _reviews(union, words=words, until=until)


def _around(order: Order, *, words: dict[str, str], until: datetime) -> None:
    """A complaint that was settled, a wish to give back that waits, a question to answer, and one at the union."""
    user, store = order.purchase.user, order.store
    contact = Contact(user, language=user.language if user else "")
    manager: dict[str, Any] = {"voice": Voice.STORE, "actor": None}

    def ask(kind: str, said: str, *, ago: timedelta, subject: Subject) -> CustomerResponse:
        return ask_store(subject=subject, kind=kind, words=said, contact=contact, actor=user, now=until - ago)

    about_order = Subject(store, order=order)
    broken = ask(Kind.COMPLAINT, words["complains"], ago=timedelta(days=3), subject=about_order)
    answered_at = until - timedelta(days=2, hours=20)
    answer_response(response=broken, words=words["regrets"], now=answered_at, resolves=True, **manager)
    rate_response(response=broken, stars=5, words=words["quick"], actor=user, now=until - timedelta(days=1))
    back = ask(Kind.RETURN_WISH, words["returns"], ago=timedelta(hours=20), subject=about_order)
    answer_response(response=back, words=words["offers"], now=until - timedelta(hours=15), **manager)
    good = Product.objects.visible().filter(union=store.union, store=store).order_by("id").first()
    question = ask(Kind.QUESTION, words["asks"], ago=timedelta(hours=5), subject=Subject(store, product=good))
    answer_response(response=question, words=words["answers"], now=until - timedelta(hours=4), **manager)
    write_more(response=question, words=words["thanks"], actor=user, now=until - timedelta(hours=3))
    ask(Kind.QUESTION, words["opens"], ago=timedelta(hours=1), subject=Subject(store))
    ignored = ask(Kind.COMPLAINT, words["complains"], ago=timedelta(days=6), subject=about_order)
    if ignored.due_at is not None and ignored.due_at < until:
        call_union(
            response=ignored, words=words["late"], actor=user, now=max(ignored.due_at, until - timedelta(days=1))
        )


def _reviews(union: Union, *, words: dict[str, str], until: datetime) -> None:
    reviews = Review.objects.filter(union=union).select_related("union", "store__membership", "author")
    newest = list(reviews.order_by("-written_at", "-id")[: ANSWERED_REVIEWS + 3])
    taken = [made for review in newest if (made := take_in_review(review=review, now=review.written_at))]
    for made in taken[:ANSWERED_REVIEWS]:
        response = response_with_all(made.pk)
        answer_response(response=response, words=words["review"], voice=Voice.STORE, actor=None, now=until)
    if newest:
        report_review(
            review=newest[-1],
            asker="demo",
            reason=Unfit.NOT_ABOUT,
            words=words["report"],
            now=until - timedelta(hours=2),
        )
