"""Business classes out of a table, and unions that an import brings with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel import Locale
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.importing.maps import Field, Map, Record, slugged
from unions.models import BusinessClass, Union
from unions.models.union import RESERVED_SLUGS


class UnionUnknown(DomainError):
    """The rows belong to a union that is not here and that the map does not create."""

    code = "union_unknown"
    detail = _("There is no such union here.")


class ClassImporter:
    """`import_csv classes`: code, level, parent, title; a parent stands before its children."""

    fields = {
        "code": Field("code", required=True, longest=4),
        "level": Field("code", required=True, choices=frozenset(BusinessClass.Level.values)),
        "parent": Field("code", default=""),
        "title": Field("text", required=True, longest=250),
    }
    group_by: tuple[str, ...] = ()

    def take(self, groups: list[list[Record]], *, union: Any, chart: Map, now: datetime) -> None:
        known = {one.code: one for one in BusinessClass.objects.all()}
        for record in (record for group in groups for record in group):
            values = record.values
            parent = known.get(values["parent"])
            if values["parent"] and parent is None:
                record.refuse(_("the parent %(code)s is not known") % {"code": values["parent"]})
                continue
            code = values["code"].upper()
            fresh = BusinessClass(
                code=code,
                level=values["level"],
                parent=parent,
                title=values["title"],
                ancestors=[*(parent.ancestors if parent else []), code],
            )
            old = known.get(code)
            if old is None:
                fresh.save(force_insert=True)
                record.outcome = "created"
            elif (old.level, old.parent_id, old.title) == (fresh.level, fresh.parent_id, fresh.title):
                record.outcome = "unchanged"
            else:
                fresh.translations = old.translations
                fresh.save(force_update=True)
                record.outcome = "changed"
            known[code] = fresh


def union_for_import(*, slug: str, chart: Map) -> Union:
    """The union of that slug; created after the map's `[union.create]` when that says so.

    Raises UnionUnknown.
    """
    union = Union.objects.filter(slug=slug).first()
    if union is not None:
        return union
    create = chart.union.get("create")
    if not create or slug in RESERVED_SLUGS or not slug:
        raise UnionUnknown(_("There is no union %(slug)s, and the map does not create it.") % {"slug": slug})
    name = chart.union_names.get(slug) or slug.replace("-", " ").title()
    country = chart.union.get("countries", {}).get(slug) or _country_code(name)
    name = chart.union.get("names", {}).get(slug, name)
    return Union.objects.create(
        slug=slug[:40],
        name=str(create.get("name", "{name}")).format(name=name)[:120],
        prefix=_free_prefix(slug, country),
        country=country,
        currency=create["currency"],
        time_zone=create.get("time_zone", "UTC"),
        languages=create.get("languages", ["en"]),
        hue=(sum(map(ord, slug)) * 15) % 360,
        is_published=create.get("is_published", True),
    )


def _country_code(name: str) -> str:
    codes = {title.lower(): code for code, title in Locale("en").territories.items() if len(code) == 2}
    return str(codes.get(name.lower(), "ZZ"))


def _free_prefix(slug: str, country: str) -> str:
    """Two to four capital letters that no other union has."""
    taken = set(Union.objects.values_list("prefix", flat=True))
    letters = "".join(character for character in slugged(slug).upper() if character.isalpha()) + "XYZ"
    tries = [country, letters[:3], letters[:4], *(letters[:2] + a + b for a in letters for b in letters)]
    tries += [a + b + c + d for a in "QXZ" for b in "QXZ" for c in letters for d in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    return next(one for one in tries if one not in taken and one != "ZZ")
