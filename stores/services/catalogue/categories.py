"""The union's own tree of goods, edited by the union's office."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.outbox import publish
from stores.events import WORDS_CHANGED
from stores.models import Category
from unions.models import Union


class CategoryLoop(Invalid):
    """A category cannot stand below itself."""

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
    """Add a category or change the given one. The `ancestors` of all below follow: root first, itself not among them.

    Raises CategoryLoop, Invalid.
    """
    check_parent(union=union, parent=parent, category=category)
    category = category or Category(union=union)
    old_names = (category.name, category.translations)
    category.name, category.slug, category.parent, category.position = name, slug, parent, position
    if translations is not None:
        category.translations = translations
    category.full_clean(exclude=["ancestors"])
    category.save()
    _place(category, above=[*parent.ancestors, parent.pk] if parent else [])
    if (category.name, category.translations) != old_names:
        publish(WORDS_CHANGED, aggregate=f"category:{category.pk}", category_id=category.pk)
    return category


def check_parent(*, union: Union, parent: Category | None, category: Category | None) -> None:
    """Raises Invalid for a parent of another union, CategoryLoop for one that is the category or stands below it."""
    if parent is None:
        return
    if parent.union_id != union.pk:
        raise Invalid(_("This category belongs to another union."), field="parent")
    if category is not None and category.pk in [*parent.ancestors, parent.pk]:
        raise CategoryLoop(field="parent")


def _place(category: Category, *, above: list[int]) -> None:
    """Rewrite the ancestors of the category and of all below it, level by level."""
    category.ancestors = above
    level = [category]
    while level:
        Category.objects.bulk_update(level, ["ancestors"])
        parents = {node.pk: node for node in level}
        level = list(Category.objects.filter(union_id=category.union_id, parent_id__in=parents))
        for child in level:
            parent = parents[child.parent_id]  # type: ignore[index]
            child.ancestors = [*parent.ancestors, parent.pk]
