"""By what the demo's shops walk their orders: a template of each union, and three shops that use it their own way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from martunion.demo.content import UnionContent
from orders.models import Order, Procedure, RunStep
from orders.services.procedures import (
    StepWish,
    add_step,
    assign,
    copy_procedure,
    create_procedure,
    publish_draft,
    publish_whole,
)
from orders.services.runs.doing import do_step, note_step
from stores.models import Store
from unions.models import Union

Words = dict[str, str]
NAME: Words = {"en": "With care, step by step", "zh-hant": "用心，一步一步來", "ko": "정성껏, 한 걸음씩"}
TITLES: dict[str, Words] = {
    "confirm": {"en": "Confirm the order", "zh-hant": "確認訂單", "ko": "주문 확인"},
    "quality_check": {"en": "Look it over", "zh-hant": "仔細檢查", "ko": "꼼꼼히 살피기"},
    "pack": {"en": "Pack", "zh-hant": "包裝", "ko": "포장"},
    "deliver": {"en": "Send or hand over", "zh-hant": "寄出或面交", "ko": "보내거나 건네기"},
    "call_back": {"en": "Ask how it was", "zh-hant": "詢問是否滿意", "ko": "어땠는지 묻기"},
}
PROMISES: dict[str, Words] = {
    "quality_check": {
        "en": "We look it over before it is packed",
        "zh-hant": "包裝前我們會仔細檢查",
        "ko": "포장하기 전에 꼼꼼히 살펴봅니다",
    },
    "call_back": {
        "en": "We ask whether all is well",
        "zh-hant": "我們會關心您是否一切滿意",
        "ko": "괜찮으신지 여쭤봅니다",
    },
}
CHECKS: dict[str, tuple[str, ...]] = {
    "en": ("Complete", "No scratches", "Clean"),
    "zh-hant": ("齊全", "沒有刮痕", "乾淨"),
    "ko": ("빠진 것 없음", "흠집 없음", "깨끗함"),
}
RULES: dict[str, dict[str, Any]] = {
    "confirm": {"moves": "accept", "due_count": 4, "due_from": "paid"},
    "quality_check": {"due_count": 1, "due_unit": "working_days", "tells": True},
    "pack": {"moves": "pack", "due_count": 4},
    "deliver": {"moves": "send", "due_count": 1, "due_unit": "days", "due_from": "deadline"},
    "call_back": {"due_count": 2, "due_unit": "working_days", "permission": "console"},
}
SHOPS = 3


def load_procedures(*, union: Union, content: UnionContent, now: datetime) -> None:
    """The template and what shops make of it, published before the first order was paid; once."""
    if Procedure.objects.filter(union=union).exists():
        return
    before, own = now - timedelta(days=365), content.language
    template = create_procedure(union=union, store=None, name=NAME[own], now=before)
    publish_whole(procedure=template, wishes=[_wish(kind, own) for kind in RULES], actor=None, now=before)
    for place, stocked in enumerate(content.stores[:SHOPS]):
        store = Store.objects.select_related("union", "membership").get(union=union, slug=stocked.slug)
        procedure = copy_procedure(source=template, store=store, now=before)
        publish_draft(procedure=procedure, actor=None, now=before)
        assign(store=store, procedure=procedure)
        if place == 0:
            # Somebody is just about to change it.
            add_step(procedure=procedure, wish=_wish("quality_check", own))


def _wish(kind: str, own: str) -> StepWish:
    others = [language for language in TITLES[kind] if language != own]
    promise = PROMISES.get(kind, {})
    translations = {
        language: {"title": TITLES[kind][language], **({"promise": promise[language]} if promise else {})}
        for language in others
    }
    return StepWish(
        TITLES[kind][own],
        kind=kind,
        promise=promise.get(own, ""),
        translations=translations,
        checklist=CHECKS[own] if kind == "quality_check" else (),
        **RULES[kind],
    )


def do_own_steps(*, order: Order, actor: User, at: datetime) -> None:
    """What the store's procedure asks for besides the moves of an order, done half an hour before."""
    step = RunStep.objects.filter(run__order=order, state="open").select_related("step", "store__union").first()
    if step is None or step.step.moves:
        return
    then = max(at - timedelta(minutes=30), step.ready_at or at)
    noted = note_step(step=step, ticked=range(len(step.step.checklist)), actor=actor, now=then)
    do_step(step=noted, actor=actor, now=then)
