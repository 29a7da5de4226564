"""Who was sent where in the past weeks: from the center to the union, and from the union to its stores."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from martunion.demo.content import UnionContent
from martunion.demo.pictures.palette import Dice
from unions.models import Redirect, Union

VISITS = 240
WORDS = {
    "zh-hant": ("烏龍茶", "禮盒", "單車", "底片", "芭樂", "紙傘"),
    "ko": ("미역", "한복", "어묵", "원두", "서핑", "구두"),
    "en": ("pasty", "mug", "wetsuit", "cheddar", "jumper", "gift"),
}


def load_redirects(*, union: Union, content: UnionContent, until: datetime) -> None:
    """Redirects of the last three weeks, unless the union has some already."""
    if not Redirect.objects.filter(union=union).exists():
        Redirect.objects.bulk_create(
            sorted(redirects(union=union, content=content, until=until), key=lambda row: row.at)
        )


def redirects(*, union: Union, content: UnionContent, until: datetime) -> Sequence[Redirect]:
    """One in four comes from the center, the others go on from the union to a store."""
    way = Redirect.Way
    rows = []
    for number in range(VISITS):
        dice = Dice(f"{content.slug}/visit/{number}")
        at = until - timedelta(minutes=dice.between(5, 21 * 24 * 60))
        visitor = f"demo-{dice.number(90)}"
        if number % 4 == 0:
            found = dice.pick(way.REGION, way.PLACE, way.LIST, way.REMEMBERED, way.REMEMBERED)
            rows.append(_row(union, Redirect.Kind.TO_UNION, found, union.slug, visitor, at))
            continue
        store = content.stores[dice.number(len(content.stores))]
        found = dice.pick(way.LIST, way.CLASS, way.SEARCH, way.SEARCH)
        row = _row(union, Redirect.Kind.TO_STORE, found, store.slug, visitor, at)
        if found == way.SEARCH:
            row.words = dice.pick(*WORDS[content.language])
        elif found == way.CLASS:
            row.business_class = str(store.raw["class"])
        rows.append(row)
    return rows


def _row(union: Union, kind: str, way: str, target: str, visitor: str, at: datetime) -> Redirect:
    return Redirect(union=union, kind=kind, way=way, target=target, visitor=visitor, at=at)
