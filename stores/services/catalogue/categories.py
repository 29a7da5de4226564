"""The union's own tree of goods, edited by the union's office."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from stores.models import Category
from unions.models import Union


class CategoryLoop(Invalid):
    code = "category_loop"
    detail = _("A category cannot stand below itself.")


@transaction.atomic
def save_category(
    *,
    union: Union,
    name: str,
    slug: str,
    parent: Category | None = None,
    position: int = 0,
    translations: dict[str, Any] | None = None,
    category: Category | None = None,
) -> Category:
    """Add a category or change the given one; the `ancestors` of everything below follow (root first, itself last).

    Raises CategoryLoop, Invalid.
    """
    if parent is not None and parent.union_id != union.pk:
        raise Invalid(_("This category belongs to another union."), field="parent")
    if category is not None and parent is not None and category.pk in parent.ancestors:
        raise CategoryLoop(field="parent")
    category = category or Category(union=union)
    category.name, category.slug, category.parent, category.position = name, slug, parent, position
    if translations is not None:
        category.translations = translations
    category.full_clean(exclude=["ancestors"])
    category.save()
    _place(category, above=parent.ancestors if parent else [])
    return category


def _place(category: Category, *, above: list[int]) -> None:
    """Rewrite the ancestors of the category and of all below it, level by level."""
    level = {category.pk: [*above, category.pk]}
    Category.objects.filter(pk=category.pk).update(ancestors=level[category.pk])
    category.ancestors = level[category.pk]
    while level:
        below = list(Category.objects.filter(parent_id__in=level))
        for child in below:
            child.ancestors = [*level[child.parent_id], child.pk]  # type: ignore[index]
        Category.objects.bulk_update(below, ["ancestors"])
        level = {child.pk: child.ancestors for child in below}
