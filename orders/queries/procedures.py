"""The sales procedures of a store, the union's templates, and which of them an order walks by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.models import User
from core.errors import NotFound
from orders.models import Order, OrderLine, Procedure, ProcedureAssignment, ProcedureStep, ProcedureVersion
from stores.models import ApiKey, Category, Product, Store
from stores.queries.team import owners_of, staff_of
from unions.models import Union

Steps = QuerySet[ProcedureStep]


def _told(procedures: QuerySet[Procedure]) -> QuerySet[Procedure]:
    """With `current` (number of the newest published version), `has_draft` and `step_count` of the current one."""
    versions = ProcedureVersion.objects.filter(procedure=OuterRef("pk")).order_by("-number")
    published = versions.filter(published_at__isnull=False)
    newest = ProcedureVersion.objects.filter(procedure=OuterRef(OuterRef("pk")), published_at__isnull=False)
    steps = ProcedureStep.objects.filter(version=Subquery(newest.order_by("-number").values("pk")[:1])).order_by()
    counted = steps.values("version").annotate(count=Count("pk")).values("count")
    return procedures.annotate(
        current=Subquery(published.values("number")[:1]),
        has_draft=Exists(versions.filter(published_at=None)),
        step_count=Subquery(counted),
    )


def store_procedures(store: Store) -> QuerySet[Procedure]:
    """Those in use, by name, as `_told`, with their `assignments`: two queries."""
    uses = ProcedureAssignment.objects.filter(order=None).select_related("category", "product").order_by("pk")
    rows = Procedure.objects.filter(union_id=store.union_id, store=store, retired_at=None)
    return _told(rows).prefetch_related(Prefetch("assignments", uses)).order_by("name", "pk")


def templates_of(union: Union | int) -> QuerySet[Procedure]:
    """The union's published templates, by name, as `_told`."""
    published = ProcedureVersion.objects.filter(procedure=OuterRef("pk"), published_at__isnull=False)
    rows = Procedure.objects.filter(Exists(published), union=union, store=None, retired_at=None)
    return _told(rows).order_by("name", "pk")


def store_procedure(store: Store, ref: str) -> Procedure:
    """One of the store's own that is in use. Raises NotFound."""
    found = store_procedures(store).filter(ref=ref).first()
    if found is None:
        raise NotFound
    found.union = store.union
    return found


def product_called(store: Store, words: str) -> Product | None:
    """The one of the store's goods with this title, short name or stock keeping unit."""
    goods = Product.objects.filter(union_id=store.union_id, store=store, archived_at=None)
    named = goods.filter(Q(title__iexact=words) | Q(slug=words) | Q(variants__sku__iexact=words))
    return named.order_by("pk").first()


def categories_to_use(store: Store) -> list[Category]:
    """The union's categories, those above before those below."""
    rows = list(Category.objects.filter(union_id=store.union_id))
    names = {row.pk: (row.position, row.name, row.pk) for row in rows}
    return sorted(rows, key=lambda row: [names[pk] for pk in (*row.ancestors, row.pk) if pk in names])


def people_of(store: Store, *, permission: str = "") -> list[User]:
    """Owners and staff of the store, or those who have a permission there, by name. Two queries."""
    staff = staff_of(store)
    if permission:
        staff = staff.filter(permissions__contains=[permission])
    people = [member.user for member in owners_of(store)] + [row.user for row in staff]
    return sorted({one.pk: one for one in people if one.is_active}.values(), key=lambda one: (one.name, one.pk))


def newest_version(procedure: Procedure, *, before: datetime | None = None) -> ProcedureVersion | None:
    """The newest published version, or the one that was so at a moment."""
    versions = ProcedureVersion.objects.filter(procedure=procedure, published_at__isnull=False)
    if before is not None:
        versions = versions.filter(published_at__lte=before)
    return versions.order_by("-number").first()


def draft_of(procedure: Procedure) -> ProcedureVersion | None:
    """What is being edited, if anything is."""
    return ProcedureVersion.objects.filter(procedure=procedure, published_at=None).first()


def steps_of(version: ProcedureVersion | None) -> list[ProcedureStep]:
    """Its steps in their order, with who usually does them."""
    if version is None:
        return []
    return list(ProcedureStep.objects.filter(version=version).select_related("person").order_by("position"))


def versions_of(procedure: Procedure) -> QuerySet[ProcedureVersion]:
    """The published ones, newest first, with who did it and how many orders are or were on their way by each."""
    rows = ProcedureVersion.objects.filter(procedure=procedure, published_at__isnull=False)
    return rows.select_related("published_by").annotate(orders=Count("runs")).order_by("-number")


def version_for(order: Order, *, at: datetime) -> ProcedureVersion | None:
    """By what the order walks, as things stood at a moment: the most specific assignment wins.

    One of the order itself before those of its products, those before their categories (the deeper first), those
    before the store's; of several alike that of the order's earlier line. Three queries.
    """
    lines = OrderLine.objects.filter(order=order, variant__isnull=False).order_by("pk")
    goods = list(lines.values_list("variant__product", "variant__product__category"))
    products = [product for product, _category in goods]
    parents = dict(Category.objects.filter(pk__in={pk for _, pk in goods if pk}).values_list("pk", "ancestors"))
    paths = [[*parents[pk], pk] if pk in parents else [] for _, pk in goods]
    published = ProcedureVersion.objects.filter(procedure=OuterRef("procedure"), published_at__lte=at)
    uses = (
        ProcedureAssignment.objects.filter(union=order.union_id, store=order.store_id, procedure__retired_at=None)
        .filter(
            Q(order=order)
            | Q(product__in=products)
            | Q(category__in=_flat(paths))
            | Q(order=None, product=None, category=None)
        )
        .annotate(version=Subquery(published.order_by("-number").values("pk")[:1]))
        .exclude(version=None)
    )

    def rank(use: ProcedureAssignment) -> tuple[int, int, int]:
        if use.order_id is not None:
            return 3, 0, 0
        if use.product_id is not None:
            return 2, 0, -products.index(use.product_id)
        if use.category_id is not None:
            category = use.category_id
            deepest = max((path.index(category), -line) for line, path in enumerate(paths) if category in path)
            return 1, *deepest
        return 0, 0, 0

    best = max(uses, key=rank, default=None)
    if best is None:
        return None
    return ProcedureVersion.objects.select_related("procedure").get(pk=best.version)


def _flat(paths: Iterable[list[int]]) -> set[int]:
    return {pk for path in paths for pk in path}


def procedures_for(union: Union, key: ApiKey) -> QuerySet[Procedure]:
    """What a key sees: a store its own and the union's templates, a union's office all. With all published steps."""
    rows = Procedure.objects.filter(union=union, retired_at=None)
    if key.store_id is not None:
        rows = rows.filter(Q(store=key.store_id) | Q(store=None))
    elif key.user_id is not None:
        rows = rows.none()
    newest = ProcedureVersion.objects.filter(procedure=OuterRef("procedure"), published_at__isnull=False)
    versions = ProcedureVersion.objects.filter(
        pk=Subquery(newest.order_by("-number").values("pk")[:1])
    ).prefetch_related("steps")
    return rows.select_related("store").prefetch_related(Prefetch("versions", versions)).order_by("-pk")


def procedure_for(union: Union, key: ApiKey, ref: str) -> Procedure:
    """One of them. Raises NotFound, also for one that is not the key's."""
    found = procedures_for(union, key).filter(ref=ref).first()
    if found is None:
        raise NotFound
    found.union = union
    return found
