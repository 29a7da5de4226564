"""Loads a union itself: its regions, pages, tax classes, categories and the business classes of its stores."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from core.money import as_minor
from martunion.demo import pictures
from martunion.demo.content import Text, UnionContent, shared, texts
from martunion.demo.files import keep
from stores.models import Category, TaxClass
from unions.models import BusinessClass, Union, UnionBanner, UnionPage, UnionRegion
from unions.services.classes import add_missing_business_classes
from unions.services.holidays import take_over_holidays

BANNER: dict[str, Text] = {
    "title": {"en": "Saturday is market day", "zh-hant": "星期六是市集日", "ko": "토요일은 장날입니다"},
    "words": {
        "en": "All shops of the street are there from nine, and answer you here as well.",
        "zh-hant": "街上所有店家從九點起都在，也會在這裡回覆您。",
        "ko": "거리의 모든 가게가 아홉 시부터 문을 열고, 여기서도 대답해 드립니다.",
    },
    "link_words": {"en": "Ask them now", "zh-hant": "現在就問", "ko": "지금 물어보기"},
}


def load_classes() -> None:
    """The classes of the demo's stores and the groups above them, unless a full table has brought them already."""
    add_missing_business_classes()
    above = {row.code: row.ancestors for row in BusinessClass.objects.filter(Q(level="division"))}
    levels = ((BusinessClass.Level.GROUP, shared()["groups"]), (BusinessClass.Level.CLASS, shared()["classes"]))
    for level, titles in levels:
        rows = []
        for code, title in titles.items():
            own, translations = texts("en", title=title)
            above[code] = [*above[code[:-1]], code]
            rows.append(
                BusinessClass(
                    code=code,
                    level=level,
                    parent_id=code[:-1],
                    ancestors=above[code],
                    translations=translations,
                    **own,
                )
            )
        BusinessClass.objects.bulk_create(rows, ignore_conflicts=True)


def create_union(content: UnionContent, *, now: datetime) -> Union:
    """The union with everything that stands above its stores."""
    raw = content.raw
    own, translations = texts(content.language, name=raw["name"], tagline=raw["tagline"], description=raw["about"])
    union = Union.objects.create(
        slug=content.slug,
        prefix=raw["prefix"],
        country=raw["country"],
        currency=raw["currency"],
        time_zone=raw["time_zone"],
        languages=raw["languages"],
        hue=raw["hue"],
        latitude=float(raw["latitude"]),
        longitude=float(raw["longitude"]),
        commission_bp=raw["commission_bp"],
        commission_tax_bp=raw["commission_tax_bp"],
        holding_days=raw["holding_days"],
        payout_period=raw["payout_period"],
        contact_email=raw["email"],
        contact_phone=raw["phone"],
        contact_address=raw["office"],
        picture=keep(f"demo/{content.slug}/union.svg", pictures.union_scene(scene=raw["scene"], hue=raw["hue"])),
        translations=translations,
        is_published=True,
        **own,
    )
    # Weeks of trade are told from this moment; a load that goes on later tells them from the same one.
    Union.objects.filter(pk=union.pk).update(created_at=now)
    union.created_at = now
    _regions(union, raw["regions"])
    for position, page in enumerate(raw["pages"]):
        own, translations = texts(content.language, title=page["title"], body=page["body"])
        UnionPage.objects.create(union=union, slug=page["slug"], position=position, translations=translations, **own)
    _banner(union)
    take_over_holidays(union=union, actor=None, now=now)
    for code, tax in raw["tax"].items():
        own, translations = texts(content.language, name=tax["name"])
        TaxClass.objects.create(union=union, code=code, rate_bp=tax["rate_bp"], translations=translations, **own)
    _categories(union, content)
    return union


def create_union_elsewhere() -> None:
    """The entry for a union on another deployment: an address, found and redirected to like any other."""
    raw = shared()["elsewhere"]
    if Union.objects.filter(slug=raw["slug"]).exists():
        return
    own, translations = texts("en", name=raw["name"], tagline=raw["tagline"], description=raw["about"])
    copied = ("slug", "prefix", "country", "currency", "time_zone", "languages", "hue", "address")
    union = Union.objects.create(
        **{name: raw[name] for name in copied},
        latitude=float(raw["latitude"]),
        longitude=float(raw["longitude"]),
        picture=keep(f"demo/{raw['slug']}/union.svg", pictures.union_scene(scene=raw["scene"], hue=raw["hue"])),
        translations=translations,
        is_published=True,
        **own,
    )
    _regions(union, raw["regions"])


def amount(union: Union, value: object) -> int:
    """A price of the content in the union's minor units."""
    return as_minor(Decimal(str(value)), union.currency)


def _regions(union: Union, regions: list[Text]) -> None:
    for region in regions:
        names = {language: name for language, name in region.items() if language != "code"}
        own, translations = texts(union.default_language, name=names)
        UnionRegion.objects.create(union=union, code=region["code"], translations=translations, **own)


def _banner(union: Union) -> None:
    """The one thing that hangs over every demo street: the way to asking all shops at once."""
    own, translations = texts(union.default_language, **BANNER)
    UnionBanner.objects.create(
        union=union,
        link="match/",
        tone=UnionBanner.Tone.GLAD,
        starts_at=union.created_at,
        translations=translations,
        **own,
    )


def _categories(union: Union, content: UnionContent) -> None:
    """Of the shared tree those categories that the union's goods use, and what stands above them."""
    tree = shared()["categories"]
    used = {good.category for store in content.stores for good in store.goods}
    used |= {tree[slug]["parent"] for slug in used if "parent" in tree[slug]}
    made: dict[str, Category] = {}
    # Top nodes first: a child needs its parent's number.
    for slug in sorted(used, key=lambda slug: ("parent" in tree[slug], slug)):
        node = tree[slug]
        parent = made.get(node.get("parent", ""))
        names = {language: node[language] for language in ("en", "zh-hant", "ko")}
        own, translations = texts(content.language, name=names)
        made[slug] = Category.objects.create(
            union=union,
            slug=slug,
            parent=parent,
            position=node["position"],
            ancestors=[parent.pk] if parent else [],
            translations=translations,
            **own,
        )
