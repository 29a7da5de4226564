"""Procedures come and go: made by a store or the union, copied from a template, no longer used."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.references import new_reference
from orders.models import Procedure, ProcedureAssignment, ProcedureVersion
from orders.queries.procedures import newest_version
from orders.services.procedures.editing import copy_steps
from stores.models import Store
from unions.models import Union

MOST = 50
"""Procedures in use of one store."""


@transaction.atomic
def create_procedure(*, union: Union, store: Store | None, name: str, now: datetime) -> Procedure:
    """A procedure with an empty draft; without a store a template of the union. Raises Invalid."""
    name = _named(name)
    if store is not None:
        # The store's row is the queue of those who make several at once.
        Store.objects.select_for_update(no_key=True).get(union=union, pk=store.pk)
        if Procedure.objects.filter(union=union, store=store, retired_at=None).count() >= MOST:
            raise Invalid(_("You have very many procedures. Put those away first that you do not use."), field="name")
    procedure = Procedure.objects.create(
        union=union, store=store, ref=new_reference(union.prefix), name=name, created_at=now
    )
    ProcedureVersion.objects.create(union=union, procedure=procedure, number=1)
    return procedure


@transaction.atomic
def copy_procedure(*, source: Procedure, store: Store, now: datetime, name: str = "") -> Procedure:
    """A store's own copy of a template's (or its own procedure's) newest version, as a draft. Raises Invalid."""
    version = newest_version(source)
    if version is None or source.store_id not in (None, store.pk) or source.union_id != store.union_id:
        raise Invalid(_("There is nothing to copy yet."), field="name")
    copy = create_procedure(union=store.union, store=store, name=name or source.name, now=now)
    Procedure.objects.filter(pk=copy.pk).update(source=source)
    copy_steps(version=version, into=ProcedureVersion.objects.get(procedure=copy))
    return copy


@transaction.atomic
def rename_procedure(*, procedure: Procedure, name: str) -> Procedure:
    """Raises Invalid."""
    procedure.name = _named(name)
    Procedure.objects.filter(union=procedure.union_id, pk=procedure.pk).update(name=procedure.name)
    return procedure


@transaction.atomic
def retire_procedure(*, procedure: Procedure, now: datetime) -> None:
    """No further order walks by it; those on their way go on. Doing it again changes nothing."""
    Procedure.objects.filter(union=procedure.union_id, pk=procedure.pk, retired_at=None).update(retired_at=now)
    ProcedureAssignment.objects.filter(union=procedure.union_id, procedure=procedure, order=None).delete()


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(_("Give it a name."), field="name")
    if len(name) > 80:
        raise Invalid(_("A name has at most 80 characters."), field="name")
    return name
