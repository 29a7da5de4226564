"""Reading the union's tree of goods."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count

from stores.models import Category, CategoryAlias
from unions.models import Union


def category_tree(union: Union) -> list[Category]:
    """Every category in the order of the tree, with `depth` from 0, its `goods` and its id as text (`key`)."""
    nodes = list(
        Category.objects.filter(union=union).annotate(goods=Count("products")).order_by("position", "name", "pk")
    )
    below: dict[int | None, list[Category]] = {}
    for node in nodes:
        below.setdefault(node.parent_id, []).append(node)
    found: list[Category] = []

    def walk(parent_id: int | None, depth: int) -> None:
        row = below.get(parent_id, [])
        for node in row:
            node.depth, node.steps = depth, range(depth)  # type: ignore[attr-defined]
            node.key = str(node.pk)  # type: ignore[attr-defined]
            found.append(node)
            walk(node.pk, depth + 1)

    walk(None, 0)
    return found


def aliases_of(union: Union, slugs: Sequence[str]) -> dict[str, str]:
    """Old short name → that of the category into which it was merged, as far as these have one."""
    rows = CategoryAlias.objects.filter(union=union, slug__in=slugs)
    return dict(rows.values_list("slug", "category__slug"))
