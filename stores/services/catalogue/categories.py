"""The union's own tree of goods, edited by the union's office."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, NotFound
from core.outbox import publish
from stores.events import WORDS_CHANGED
from stores.models import Category, CategoryAlias
from unions.models import AuditEntry, Union
from unions.services.audit import note_deed


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
    # A name that is given anew leads there from now on.
    CategoryAlias.objects.filter(union=union, slug=slug).delete()
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


MOVES = ("up", "down", "in", "out")


@transaction.atomic
def move_category(*, category: Category, move: str, actor: User | None, now: datetime, address: str = "") -> None:
    """One step in the tree: `up` or `down` among its neighbours, `in` below the one before it, `out` behind its parent.

    It goes into the audit log, with the network `address` of who did it. A step that leads nowhere changes nothing.
    Raises Invalid for no such move.
    """
    if move not in MOVES:
        raise Invalid(field="move")
    _lock_tree(category.union_id)
    category = Category.objects.select_related("parent").get(pk=category.pk, union=category.union_id)
    before = _where(category)
    row = _children(category.union_id, category.parent_id)
    at = [one.pk for one in row].index(category.pk)
    if move in ("up", "down"):
        to = at + (1 if move == "down" else -1)
        if 0 <= to < len(row):
            row[at], row[to] = row[to], row[at]
            _number(row)
    elif move == "in" and at > 0:
        above = row[at - 1]
        _hang(category, above, [*_children(category.union_id, above.pk), category])
    elif move == "out" and category.parent is not None:
        parent = category.parent
        beside = _children(category.union_id, parent.parent_id)
        after = [one.pk for one in beside].index(parent.pk) + 1
        _hang(category, parent.parent, [*beside[:after], category, *beside[after:]])
    if (place := _where(category)) != before:
        note_deed(
            unions=[category.union_id],
            actor=actor,
            verb=AuditEntry.Verb.MOVED,
            thing=category,
            changes={gettext("place in the tree"): [before, place]},
            address=address,
            now=now,
        )


def check_merge(*, category: Category, into: Category) -> None:
    """Raises Invalid for the same or another union's category, CategoryLoop when the other stands below it."""
    if into.pk == category.pk or into.union_id != category.union_id:
        raise Invalid(_("Choose another category of this union."), field="into")
    if category.pk in into.ancestors:
        raise CategoryLoop(field="into")


@transaction.atomic
def merge_category(*, category: Category, into: Category, actor: User | None, now: datetime, address: str = "") -> None:
    """Goods, what stands below and old addresses of the category go to the other one; then it is gone.

    It goes into the audit log, with the network `address` of who did it. Raises as `check_merge`, and NotFound once it
    is gone.
    """
    _lock_tree(category.union_id)
    # As they stand now that nobody else changes the tree: a second press finds nothing left to merge.
    there = Category.objects.filter(union=category.union_id).in_bulk([category.pk, into.pk])
    if category.pk not in there:
        raise NotFound
    into = there.get(into.pk, into)
    check_merge(category=category, into=into)
    goods = category.products.count()
    for child in _children(category.union_id, category.pk):
        _hang(child, into, [*_children(category.union_id, into.pk), child])
    # Whatever else points at it, in whichever table, points at the other one now.
    for relation in Category._meta.related_objects:
        if relation.related_model is not Category:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: category})
            rows.update(**{relation.field.name: into})
    slug = category.slug
    said = ngettext(
        "Merged into “%(into)s”, %(count)d article with it", "Merged into “%(into)s”, %(count)d articles with it", goods
    )
    note_deed(
        unions=[category.union_id],
        actor=actor,
        verb=AuditEntry.Verb.DELETED,
        thing=category,
        words=said % {"into": into.name, "count": goods},
        address=address,
        now=now,
    )
    Category.objects.filter(pk=category.pk, union=category.union_id).delete()
    CategoryAlias.objects.create(union_id=into.union_id, slug=slug, category=into)
    publish(WORDS_CHANGED, aggregate=f"category:{into.pk}", category_id=into.pk)


def _where(category: Category) -> str:
    """For people: `Food › Bread (2)` is the second below Food."""
    above = Category.objects.filter(union=category.union_id).in_bulk(category.ancestors)
    names = [above[pk].name for pk in category.ancestors if pk in above]
    row = [one.pk for one in _children(category.union_id, category.parent_id)]
    return f"{' › '.join([*names, category.name])} ({row.index(category.pk) + 1})"


def _lock_tree(union_id: int) -> None:
    """One at a time changes the tree of a union."""
    list(Category.objects.select_for_update().filter(union_id=union_id).order_by("pk").values_list("pk"))


def _children(union_id: int, parent_id: int | None) -> list[Category]:
    return list(Category.objects.filter(union_id=union_id, parent_id=parent_id).order_by("position", "name", "pk"))


def _number(row: list[Category]) -> None:
    for position, one in enumerate(row):
        one.position = position
    Category.objects.bulk_update(row, ["position"])


def _hang(category: Category, parent: Category | None, row: list[Category]) -> None:
    """Below the parent, in this row of its children."""
    category.parent = parent
    category.save(update_fields=["parent"])
    _number(row)
    _place(category, above=[*parent.ancestors, parent.pk] if parent else [])
