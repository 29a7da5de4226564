"""Reads the demo's TOML files into plain dataclasses; prices stay decimal numbers of the union's currency."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
UNIONS = ("kaohsiung", "busan", "cornwall")

Text = dict[str, str]


@dataclass(frozen=True)
class VariantContent:
    options: dict[str, str]
    price: Decimal
    stock: int


@dataclass(frozen=True)
class GoodContent:
    slug: str
    is_service: bool
    motif: str
    tone: str
    category: str
    tax: str
    title: Text
    about: Text
    tags: list[str]
    was: Decimal | None
    option_names: list[str]
    variants: list[VariantContent]


@dataclass(frozen=True)
class StoreContent:
    """One store's file; what is only passed on stays in `raw`."""

    slug: str
    raw: dict[str, Any]
    goods: list[GoodContent]


@dataclass(frozen=True)
class UnionContent:
    slug: str
    raw: dict[str, Any]
    stores: list[StoreContent]
    reviews: list[list[Any]]

    @property
    def language(self) -> str:
        """The union's first language, in which its own fields are written."""
        return str(self.raw["languages"][0])


def read(path: Path) -> dict[str, Any]:
    """A TOML file with decimal numbers as Decimal."""
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


@cache
def shared() -> dict[str, Any]:
    """What all unions share: categories, classes and the union elsewhere."""
    return read(DATA / "shared.toml")


def option_words(slug: str, good: GoodContent) -> dict[str, dict[str, str]]:
    """The names and values of a good's options in the union's other languages, as far as they read differently."""
    said = _options()[slug]
    own = [*good.option_names, *(str(value) for variant in good.variants for value in variant.options.values())]
    return {
        language: {word: said["words"][word][at] for word in dict.fromkeys(own) if word in said["words"]}
        for at, language in enumerate(said["languages"])
    }


@cache
def _options() -> dict[str, Any]:
    return read(DATA / "options.toml")


@cache
def people() -> dict[str, Any]:
    """Offices, applicants and customers, and the password of them all."""
    return read(DATA / "people.toml")


@cache
def union_content(slug: str) -> UnionContent:
    """Everything about one union and its stores, the stores in alphabetical order of their slugs."""
    folder = DATA / slug
    stores = [
        store_content(read(path)) for path in sorted(folder.glob("*.toml")) if path.stem not in ("union", "reviews")
    ]
    reviews: list[list[Any]] = read(folder / "reviews.toml")["reviews"]
    return UnionContent(slug=slug, raw=read(folder / "union.toml"), stores=stores, reviews=reviews)


def store_content(raw: dict[str, Any]) -> StoreContent:
    return StoreContent(slug=raw["slug"], raw=raw, goods=[good_content(good) for good in raw["goods"]])


def good_content(raw: dict[str, Any]) -> GoodContent:
    variants = list(_variants(raw))
    return GoodContent(
        slug=raw["slug"],
        is_service=raw.get("kind") == "service",
        motif=raw["motif"],
        tone=raw.get("tone", ""),
        category=raw["category"],
        tax=raw.get("tax", "standard"),
        title=raw["title"],
        about=raw["about"],
        tags=raw["tags"],
        was=Decimal(raw["was"]) if "was" in raw else None,
        option_names=list(variants[0].options),
        variants=variants,
    )


def _variants(raw: dict[str, Any]) -> Iterator[VariantContent]:
    """One axis lists its own prices and stock; a matrix has one price, and `steps` dearer along its first axis."""
    if "matrix" in raw:
        steps = raw.get("steps", [0] * len(raw["matrix"][0]))
        for values in product(*raw["matrix"]):
            extra = Decimal(steps[raw["matrix"][0].index(values[0])])
            options = dict(zip(raw["names"], values, strict=True))
            yield VariantContent(options, Decimal(raw["price"]) + extra, int(raw.get("stock", 0)))
    elif "variants" in raw:
        for label, price, *stock in raw["variants"]:
            yield VariantContent({raw["option"]: label}, Decimal(price), int(stock[0]) if stock else 0)
    else:
        yield VariantContent({}, Decimal(raw["price"]), int(raw.get("stock", 0)))


def texts(language: str, **fields: Text) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Split texts into the fields in the union's first language and `translations` for the others."""
    own = {name: text.get(language, text.get("en", "")).strip() for name, text in fields.items()}
    others: dict[str, dict[str, str]] = {}
    for name, text in fields.items():
        for other, words in text.items():
            if other != language:
                others.setdefault(other, {})[name] = words.strip()
    return own, others
