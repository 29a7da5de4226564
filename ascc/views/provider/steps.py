"""What a provider does with a voucher, one press at a time. Each is done once, however often its form arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ascc.forms.customer import EvidenceForm
from ascc.forms.desk import CodeForm, ReasonForm, ReportForm, SignForm, TimeForm
from ascc.models import ServiceProvider, ServiceVisit
from ascc.queries.desk import Held, held_voucher, open_dispute_of, open_transmission, open_visit
from ascc.services.appointing import appoint, appoint_anew, take_time, use_reservation
from ascc.services.charging import ask_extra
from ascc.services.confirming import confirm_signed, confirm_with_code, count_try
from ascc.services.keeping import files_together
from ascc.services.picturing import add_picture
from ascc.services.proving import show_evidence
from ascc.services.transmitting import accept_transmission, decline_transmission, give_back
from ascc.services.working import break_off, report_work, set_out, start_work
from ascc.views.provider.day import appoint_form, extra_form, show_voucher
from ascc.views.provider.frame import address_at, by_of, do_once, is_kept, pressed_at, provider_page
from chat.views.refusals import refused
from core.errors import DomainError, Invalid, NotFound
from orders.errors import SlotNotOffered, SlotTaken
from stores.views.manage.frame import actor_of, blame, first_error

STEPS = (
    "accept",
    "decline",
    "appoint",
    "time",
    "take-time",
    "set-out",
    "start",
    "report",
    "photo",
    "extra",
    "sign",
    "code",
    "give-back",
    "break-off",
    "evidence",
)


@provider_page
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, provider: ServiceProvider, code: str, step: str) -> HttpResponse:
    """Do it; a refused form comes back with what was typed. Read anew, as in another language, it is the page again."""
    held = held_voucher(provider, code)
    if request.method == "GET":
        return redirect(address_at(provider.store, "voucher", code=held.voucher.code))
    doing = Doing(request, provider, held)
    return doing.steps()[step]()


class Doing:
    """One step on one voucher: parse, one call, present."""

    def __init__(self, request: HttpRequest, provider: ServiceProvider, held: Held) -> None:
        self.request, self.provider, self.held = request, provider, held
        self.now, self.by, self.actor = timezone.now(), by_of(request), actor_of(request)

    def steps(self) -> dict[str, Callable[[], HttpResponse]]:
        """By the last word of the address."""
        return {
            "accept": self.accept,
            "decline": self.decline,
            "appoint": self.appoint,
            "time": self.time,
            "take-time": self.take_time,
            "set-out": self.set_out,
            "start": self.start,
            "report": self.report,
            "photo": self.photo,
            "extra": self.extra,
            "sign": self.sign,
            "code": self.code,
            "give-back": self.give_back,
            "break-off": self.break_off,
            "evidence": self.evidence,
        }

    def done(self, work: Callable[[], Any], *, said: str, home: bool = False) -> HttpResponse:
        """Do it once and go back to the voucher, or to the day when it is no longer in hand."""

        def once() -> str:
            work()
            if home:
                return address_at(self.provider.store, "day")
            return address_at(self.provider.store, "voucher", code=self.held.voucher.code)

        with files_together():
            return do_once(self.request, once, said=said)

    def filled(
        self, name: str, form: BaseForm, work: Callable[[], Any], *, said: str, home: bool = False
    ) -> HttpResponse:
        """The same for a form with fields: what is wrong stands beside them."""
        if form.is_valid():
            try:
                return self.done(work, said=said, home=home)
            except DomainError as refusal:
                if is_kept(self.request) or isinstance(refusal, NotFound):
                    raise
                blame(form, refusal)
        elif is_kept(self.request):
            return refused(Invalid(first_error(form)))
        return show_voucher(self.request, self.provider, self.held, refused={name: form})

    @property
    def visit(self) -> ServiceVisit:
        return open_visit(self.held)

    def by_now(self) -> dict[str, Any]:
        return {"by": self.by, "now": self.now}

    def accept(self) -> HttpResponse:
        return self.done(
            lambda: accept_transmission(transmission=open_transmission(self.held), **self.by_now()),
            said=_("Taken on. Agree a time with the customer."),
        )

    def decline(self) -> HttpResponse:
        form = ReasonForm(self.request.POST, auto_id="id_decline_%s")
        return self.filled(
            "decline",
            form,
            lambda: decline_transmission(
                transmission=open_transmission(self.held), reason=form.cleaned_data["reason"], **self.by_now()
            ),
            said=_("Declined. The customer can choose somebody else."),
            home=True,
        )

    def appoint(self) -> HttpResponse:
        form = appoint_form(self.provider, self.held, self.request.POST)

        def work() -> None:
            place = form.cleaned_data["place"]
            whom: dict[str, Any] = {"voucher": self.held.voucher, "provider": self.provider, "place": place}
            if (reserved := form.reservation_chosen()) is not None:
                use_reservation(reservation=reserved, **whom, **self.by_now())
                return
            appoint(
                bookable=form.bookable_chosen(),
                starts_at=form.cleaned_data.get("start"),
                resource=form.resource_chosen(),
                note=form.cleaned_data.get("note", ""),
                actor=self.actor,
                **whom,
                **self.by_now(),
            )

        return self.filled("appoint", form, beside_start(work), said=_("Agreed. The customer has been told."))

    def time(self) -> HttpResponse:
        form = TimeForm(self.request.POST, auto_id="id_time_%s")
        return self.filled(
            "time",
            form,
            beside_start(
                lambda: appoint_anew(
                    visit=self.visit,
                    starts_at=form.cleaned_data["start"],
                    note=form.cleaned_data["note"],
                    actor=self.actor,
                    **self.by_now(),
                )
            ),
            said=_("The new time is agreed. The customer has been told."),
        )

    def take_time(self) -> HttpResponse:
        return self.done(
            lambda: take_time(visit=self.visit, actor=self.actor, **self.by_now()),
            said=_("The new time is agreed. The customer has been told."),
        )

    def set_out(self) -> HttpResponse:
        return self.done(
            lambda: set_out(visit=self.visit, **self.by_now()), said=_("On the way: the customer sees it.")
        )

    def start(self) -> HttpResponse:
        pressed = pressed_at(self.request, now=self.now)
        return self.done(
            lambda: start_work(visit=self.visit, pressed_at=pressed, **self.by_now()),
            said=_("Started."),
        )

    def report(self) -> HttpResponse:
        form = ReportForm(self.request.POST, currency=self.held.voucher.currency, auto_id="id_report_%s")

        def work() -> None:
            visit = self.visit
            self.keep_photos(visit)
            report_work(visit=visit, report=form.cleaned_data["report"], parts=form.parts, **self.by_now())

        return self.filled("report", form, work, said=_("Reported. Now the customer confirms it."))

    def photo(self) -> HttpResponse:
        if not self.request.FILES.getlist("photos"):
            raise Invalid(_("Choose a photo."), field="photos")
        return self.done(lambda: self.keep_photos(self.visit), said=_("The photos are kept."))

    def keep_photos(self, visit: ServiceVisit) -> None:
        for file in self.request.FILES.getlist("photos"):
            add_picture(visit=visit, file=file, now=self.now)

    def extra(self) -> HttpResponse:
        form = extra_form(self.provider, self.held, self.request.POST)
        return self.filled(
            "extra",
            form,
            lambda: ask_extra(visit=self.visit, actor=self.actor, now=self.now, **form.cleaned_data),
            said=_("Asked. The customer was written to; you see here when it is paid."),
        )

    def sign(self) -> HttpResponse:
        form = SignForm(self.request.POST, self.request.FILES)
        if not form.is_valid():
            raise Invalid(first_error(form), field="signature")
        drawing = form.cleaned_data["signature"]
        return self.done(
            lambda: confirm_signed(visit=self.visit, drawing=drawing, **self.by_now()), said=self.confirmed()
        )

    def code(self) -> HttpResponse:
        form = CodeForm(self.request.POST, auto_id="id_code_%s")
        if form.is_valid() and self.visit.state == ServiceVisit.State.REPORTED:
            try:
                count_try(voucher=self.held.voucher, now=self.now)
            except DomainError as refusal:
                if is_kept(self.request):
                    raise
                blame(form, refusal)
                return show_voucher(self.request, self.provider, self.held, refused={"code": form})
        return self.filled(
            "code",
            form,
            lambda: confirm_with_code(visit=self.visit, plain=form.cleaned_data["code"], **self.by_now()),
            said=self.confirmed(),
        )

    def evidence(self) -> HttpResponse:
        form = EvidenceForm(self.request.POST, self.request.FILES, auto_id="id_evidence_%s")
        return self.filled(
            "evidence",
            form,
            lambda: show_evidence(dispute=open_dispute_of(self.held), **form.cleaned_data, **self.by_now()),
            said=_("Added. The customer and the service center see it."),
        )

    def confirmed(self) -> str:
        return _("Confirmed. Your fee comes with the next settlement.")

    def give_back(self) -> HttpResponse:
        form = ReasonForm(self.request.POST, auto_id="id_back_%s")
        if self.held.voucher.provider_id != self.provider.pk:
            raise NotFound
        return self.filled(
            "give-back",
            form,
            lambda: give_back(voucher=self.held.voucher, reason=form.cleaned_data["reason"], **self.by_now()),
            said=_("Given back. The customer can choose somebody else."),
            home=True,
        )

    def break_off(self) -> HttpResponse:
        form = ReasonForm(self.request.POST, auto_id="id_off_%s")
        return self.filled(
            "break-off",
            form,
            lambda: break_off(visit=self.visit, reason=form.cleaned_data["reason"], **self.by_now()),
            said=_("Broken off. Nothing is used up; the customer can choose again."),
            home=True,
        )


def beside_start(work: Callable[[], Any]) -> Callable[[], Any]:
    """A time that is over or taken is said where it was typed, in place of what stood there before."""

    def done() -> Any:
        try:
            return work()
        except (SlotTaken, SlotNotOffered) as refusal:
            raise Invalid(str(refusal.detail), field="start") from refusal

    return done
