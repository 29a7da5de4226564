"""Changes that services own, as actions of a list and buttons of a page: asked for on GET, done on POST, with a reason.

A refusal (`DomainError`) is shown as a message and stops nothing else. A move that has to be told more than a reason
brings a form of its own and is done on the thing's page only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote, unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from core.clients import address_of
from core.errors import DomainError, Invalid, NotAllowed
from unions.admin.office import OfficeAdmin, actor_of

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Move:
    """`run(thing, user, now, reason)` calls the service; `fits` says for which things the button is offered.

    With a `form`, made as `form(data, files, thing=…)`, its cleaned data come in place of the reason, and with them the
    network `address` that they came from; `leads` says where one goes afterwards, if not back to the thing.
    """

    name: str
    label: Any
    question: Any
    run: Callable[[Any, Any, datetime, Any], Any]
    fits: Callable[[Any], bool] = lambda thing: True
    asks_reason: bool = False
    is_grave: bool = False
    form: Callable[..., forms.Form] | None = None
    leads: Callable[[Any], str] | None = None


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy("Kept in the history, and told to those whom it concerns."),
    )


class MovingAdmin(OfficeAdmin):
    """A page whose things are moved by services only."""

    moves: Sequence[Move] = ()
    change_form_outer_before_template = "admin/office/moves.html"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if self.has_run_permission(request):
            for move in self.moves:
                if move.form is not None:
                    continue
                actions[move.name] = (_list_action(move), move.name, move.label)
        return actions

    def get_urls(self) -> list[URLPattern]:
        meta = self.opts
        page = path(
            "<path:object_id>/move/<slug:name>/",
            self.admin_site.admin_view(self.move_view),
            name=f"{meta.app_label}_{meta.model_name}_move",
        )
        return [page, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "moves": self._offered(request, object_id)}
        )

    def _offered(self, request: HttpRequest, object_id: str) -> list[Move]:
        thing = self.get_object(request, unquote(object_id))
        if thing is None or not self.has_run_permission(request, thing):
            return []
        return [move for move in self.moves if move.fits(thing)]

    def move_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask, and on POST do, one move of one thing."""
        move = next((move for move in self.moves if move.name == name), None)
        thing = self.get_object(request, unquote(object_id))
        if move is None or thing is None or not self.has_run_permission(request, thing):
            raise Http404
        meta = self.opts
        back = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(thing.pk)])
        if move.form is not None:
            return self._tell(request, move, thing, back=back)
        return self.ask_or_do(request, move, [thing], back=back) or HttpResponseRedirect(back)

    def _tell(self, request: HttpRequest, move: Move, thing: Any, *, back: str) -> HttpResponse:
        """The page with the move's own form; a refusal stands beside what it is about, and nothing typed is lost."""
        assert move.form is not None
        form = move.form(request.POST or None, request.FILES or None, thing=thing)
        if request.method == "POST" and form.is_valid():
            try:
                told = {**form.cleaned_data, "address": address_of(request)}
                move.run(thing, actor_of(request), timezone.now(), told)
            except DomainError as refusal:
                field = refusal.field if isinstance(refusal, Invalid) else None
                form.add_error(field if field in form.fields else None, str(refusal))
            else:
                self.log_change(request, thing, move.name)
                self.message_user(
                    request, _("%(move)s: %(things)s") % {"move": move.label, "things": thing}, messages.SUCCESS
                )
                return HttpResponseRedirect(move.leads(thing) if move.leads else back)
        return self.show_form(request, form, title=move.label, question=move.question, back=back, grave=move.is_grave)

    def show_form(self, request: HttpRequest, form: forms.Form, **more: Any) -> HttpResponse:
        """A form in the frame of this page. `title`, `back`; `question`, `grave` where they are wanted."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form, **more}
        return TemplateResponse(request, "admin/office/form.html", context)

    def ask_or_do(
        self,
        request: HttpRequest,
        move: Move,
        things: Iterable[Model],
        *,
        back: str,
        hidden: dict[str, Any] | None = None,
    ) -> HttpResponse | None:
        """The page that asks; None once the moves have been tried."""
        things = list(things)
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if "confirmed" in request.POST and request.method == "POST" and form.is_valid():
            self._do(request, move, things, form.cleaned_data["reason"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": move.label,
            "opts": self.opts,
            "move": move,
            "things": things,
            "form": form,
            "hidden": hidden or {},
            "ids": [thing.pk for thing in things] if hidden else [],
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "back": back,
        }
        return TemplateResponse(request, "admin/office/confirm.html", context)

    def _do(self, request: HttpRequest, move: Move, things: list[Model], reason: str) -> None:
        done: list[Model] = []
        for thing in things:
            try:
                if not self.has_run_permission(request, thing):
                    raise NotAllowed
                move.run(thing, actor_of(request), timezone.now(), reason)
            except DomainError as refusal:
                self.message_user(request, f"{thing}: {refusal}", messages.ERROR)
                continue
            done.append(thing)
            self.log_change(request, thing, f"{move.name}: {reason}" if reason else move.name)
        if done:
            words = _("%(move)s: %(things)s") % {
                "move": move.label,
                "things": str(done[0]) if len(done) == 1 else str(len(done)),
            }
            self.message_user(request, words, messages.SUCCESS)


def _list_action(move: Move) -> Callable[..., HttpResponse | None]:
    def act(page: MovingAdmin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        return page.ask_or_do(request, move, rows, back=request.get_full_path(), hidden={"action": move.name})

    return act
