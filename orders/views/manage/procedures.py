"""The editor of a store's sales procedures: their steps in a draft, what a shopper will read, publishing, uses."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError, NotFound
from orders.forms.buttons import number_in
from orders.forms.procedures import NewProcedureForm, StepForm, UseForm
from orders.models import Procedure, ProcedureStep
from orders.presenting.runs import preview_moments, steps_shown
from orders.queries.procedures import (
    categories_to_use,
    draft_of,
    newest_version,
    people_of,
    steps_of,
    store_procedure,
    store_procedures,
    templates_of,
    versions_of,
)
from orders.services.procedures import (
    add_step,
    assign,
    change_step,
    copy_procedure,
    create_procedure,
    discard_draft,
    move_step,
    publish_draft,
    remove_step,
    rename_procedure,
    retire_procedure,
    unassign,
)
from orders.services.runs.planning import hours_of
from stores.models import Store
from stores.views.manage.frame import (
    Permission,
    actor_of,
    blame,
    first_error,
    kwargs_of,
    manage_page,
    show,
    to,
    work_once,
)

ACTS = ("publish", "discard", "retire", "rename")
MOVES = ("up", "down", "remove")


@manage_page(Permission.CATALOGUE)
def procedures(request: HttpRequest, store: Store) -> HttpResponse:
    """Those in use and what for, and the way to one more."""
    context = {"procedures": list(store_procedures(store))}
    return show(request, store, "procedures/list.html", context, section="procedures")


@manage_page(Permission.CATALOGUE)
def procedure_new(request: HttpRequest, store: Store) -> HttpResponse:
    """An empty one, or a copy of a template of the union."""
    form = NewProcedureForm(request.POST or None, templates=list(templates_of(store.union_id)))
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            made: dict[str, Any] = {"name": form.cleaned_data["name"], "now": timezone.now()}
            source = form.source()
            if source is not None:
                procedure = copy_procedure(source=source, store=store, **made)
            else:
                procedure = create_procedure(union=store.union, store=store, **made)
            return reverse("manage:procedure", kwargs=kwargs_of(store, ref=procedure.ref))

        try:
            return HttpResponseRedirect(work_once(request, work))
        except DomainError as refusal:
            blame(form, refusal)
    return show(request, store, "procedures/new.html", {"form": form}, section="procedures")


@manage_page(Permission.CATALOGUE)
def procedure(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """Its steps (those of the draft, where there is one), its uses and versions."""
    return _editor(request, store, store_procedure(store, ref))


def _editor(request: HttpRequest, store: Store, found: Procedure, *, use: UseForm | None = None) -> HttpResponse:
    draft = draft_of(found)
    shown = draft or newest_version(found)
    context = {
        "procedure": found,
        "draft": draft,
        "steps": steps_shown(steps_of(shown)),
        "versions": list(versions_of(found)),
        "uses": list(found.assignments.all()),
        "use": use or UseForm(store=store, categories=categories_to_use(store)),
        "kinds": ProcedureStep.Kind.choices,
    }
    return show(request, store, "procedures/procedure.html", context, section="procedures")


@manage_page(Permission.CATALOGUE)
@require_POST
def procedure_act(request: HttpRequest, store: Store, ref: str, act: str) -> HttpResponse:
    """Publish or throw away the draft, rename it, put it away."""
    found, now = store_procedure(store, ref), timezone.now()
    if act == "publish":
        holds: frozenset[str] = store.allowed  # type: ignore[attr-defined]
        version = publish_draft(procedure=found, actor=actor_of(request), now=now, holds=holds)
        said = _("Version %(number)d holds for new orders from now on; orders on their way keep theirs.")
        messages.success(request, said % {"number": version.number})
    elif act == "discard":
        discard_draft(procedure=found)
        messages.success(request, _("The changes are thrown away."))
    elif act == "rename":
        rename_procedure(procedure=found, name=request.POST.get("name", ""))
        messages.success(request, _("Saved."))
    else:
        retire_procedure(procedure=found, now=now)
        messages.success(request, _("Put away. Orders on their way finish by it."))
        return to(store, "procedures")
    return to(store, "procedure", ref=ref)


@manage_page(Permission.CATALOGUE)
def step_new(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """A step at the end; `?kind=` fills in what is usual."""
    return _step(request, store, store_procedure(store, ref), None)


@manage_page(Permission.CATALOGUE)
def step(request: HttpRequest, store: Store, ref: str, key: str) -> HttpResponse:
    """Change a step; the first change begins a draft."""
    return _step(request, store, store_procedure(store, ref), key)


def _step(request: HttpRequest, store: Store, found: Procedure, key: str | None) -> HttpResponse:
    steps = steps_of(draft_of(found) or newest_version(found))
    own = next((one for one in steps if one.key == key), None)
    if key is not None and own is None:
        raise NotFound
    form = StepForm(
        request.POST or None,
        union=store.union,
        people=people_of(store),
        earlier=steps[: steps.index(own)] if own else steps,
        step=own,
        kind=request.GET.get("kind", ""),
    )
    if request.method == "POST" and form.is_valid():

        def work() -> str:
            if key is None:
                add_step(procedure=found, wish=form.wish())
            else:
                change_step(procedure=found, key=key, wish=form.wish())
            return reverse("manage:procedure", kwargs=kwargs_of(store, ref=found.ref))

        try:
            return HttpResponseRedirect(work_once(request, work))
        except DomainError as refusal:
            blame(form, refusal)
    context = {"form": form, "procedure": found, "own": own}
    return show(request, store, "procedures/step.html", context, section="procedures")


@manage_page(Permission.CATALOGUE)
@require_POST
def step_move(request: HttpRequest, store: Store, ref: str, key: str, move: str) -> HttpResponse:
    """One place up, one down, or out."""
    found = store_procedure(store, ref)
    if move == "remove":
        remove_step(procedure=found, key=key)
    else:
        move_step(procedure=found, key=key, up=move == "up")
    address = reverse("manage:procedure", kwargs=kwargs_of(store, ref=ref))
    return HttpResponseRedirect(address if move == "remove" else f"{address}#step-{key}")


@manage_page(Permission.CATALOGUE)
def preview(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """What a shopper who paid just now would read."""
    found = store_procedure(store, ref)
    steps = steps_of(draft_of(found) or newest_version(found))
    context = {
        "procedure": found,
        "moments": preview_moments(steps, hours=hours_of(store=store), now=timezone.now()),
        "mails": [one for one in steps_shown(steps) if one["step"].tells],
    }
    return show(request, store, "procedures/preview.html", context, section="procedures")


@manage_page(Permission.CATALOGUE)
@require_POST
def use(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """Use it for orders of a kind from now on."""
    found = store_procedure(store, ref)
    form = UseForm(request.POST, store=store, categories=categories_to_use(store))
    if not form.is_valid():
        messages.error(request, first_error(form))
        return _editor(request, store, found, use=form)
    assign(store=store, procedure=found, **form.chosen())
    messages.success(request, _("Orders that are paid from now on walk by it."))
    return to(store, "procedure", ref=ref)


@manage_page(Permission.CATALOGUE)
@require_POST
def use_gone(request: HttpRequest, store: Store, ref: str) -> HttpResponse:
    """Use it there no longer."""
    found = store_procedure(store, ref)
    if unassign(procedure=found, assignment_id=number_in(request.POST, "use")):
        messages.success(request, _("It is not used there any more; orders on their way finish by it."))
    return to(store, "procedure", ref=ref)
