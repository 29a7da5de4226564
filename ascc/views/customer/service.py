"""The customer's side of the work: confirming it, the one-time code, a dispute, assessing it, rewarding it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ascc.forms.customer import AssessForm, DisputeForm, EvidenceForm
from ascc.models import ServiceVisit, Voucher, WorkPicture
from ascc.presenting import voucher_shown
from ascc.presenting.service import service_shown
from ascc.queries.choosing import own_incentive, service_of
from ascc.queries.work import evidence_at, evidence_of_owner, picture_of_owner
from ascc.services.assessing import assess_work, give_incentive
from ascc.services.confirming import make_code
from ascc.services.conversing import show_voucher
from ascc.services.disputing import open_dispute
from ascc.services.ending import skip_assessment
from ascc.services.keeping import file_at, files_together
from ascc.services.proving import evidence_file, show_evidence
from ascc.services.working import confirm_work
from ascc.views.customer.wallet import customer, own_voucher, person
from core.errors import DomainError, NotFound
from orders.services.bills import withdraw_bill

VisitState = ServiceVisit.State


def _visit(own: Voucher) -> ServiceVisit:
    """The visit that is open. Raises NotFound."""
    visit = service_of(own).visit
    if visit is None or visit.state not in ServiceVisit.OPEN:
        raise NotFound
    return visit


@require_POST
@login_required
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """The work is as reported."""
    own, now = own_voucher(request, code), timezone.now()
    try:
        confirm_work(visit=_visit(own), by=customer(request), now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("care:voucher", code=own.code)
    show_voucher(voucher_id=own.pk, now=now)
    messages.success(request, _("Confirmed; the provider is paid. How was it?"))
    return redirect("care:assess", code=own.code)


@require_POST
@login_required
def refuse_extra(request: HttpRequest, code: str) -> HttpResponse:
    """The customer leaves the extra work: its bill is closed, the voucher's own work goes on."""
    own = own_voucher(request, code)
    asked = _visit(own).extra
    if asked is None:
        raise Http404
    try:
        withdraw_bill(bill=asked, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Refused. Nothing is asked of you for it; the provider sees it."))
    return redirect("care:voucher", code=own.code)


@require_POST
@never_cache
@login_required
def one_time_code(request: HttpRequest, code: str) -> HttpResponse:
    """A fresh code to say at the door or at a till; it stands on this page once."""
    own = own_voucher(request, code)
    try:
        plain, until = make_code(voucher=own, now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("care:voucher", code=own.code)
    item = voucher_shown(own, now=timezone.now())
    return render(request, "care/code.html", {"item": item, "plain": f"{plain[:3]} {plain[3:]}", "until": until})


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def dispute(request: HttpRequest, code: str) -> HttpResponse:
    """Say what is wrong instead of confirming; the center decides."""
    own, now = own_voucher(request, code), timezone.now()
    visit = service_of(own).visit
    if visit is None or visit.state != VisitState.REPORTED:
        return redirect("care:voucher", code=own.code)
    form = DisputeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        by, said = customer(request), form.cleaned_data
        try:
            # A file that cannot be read opens nothing: both or neither.
            with files_together(), transaction.atomic():
                opened = open_dispute(visit=visit, by=by, now=now, reason=said["reason"])
                if said["file"] is not None:
                    show_evidence(dispute=opened, by=by, now=now, words=said["reason"], file=said["file"])
        except DomainError as refusal:
            visit.refresh_from_db(fields=["state"])
            field = getattr(refusal, "field", None)
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            show_voucher(voucher_id=own.pk, now=now)
            messages.success(request, _("The service center has it. Until it decides nobody is paid."))
            return redirect("care:voucher", code=own.code)
    context = {"item": voucher_shown(own, now=now), "form": form, "visit": visit}
    return render(request, "care/dispute.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def evidence(request: HttpRequest, code: str) -> HttpResponse:
    """One more thing for the center to see."""
    own, now = own_voucher(request, code), timezone.now()
    open_one = service_of(own).dispute
    if open_one is None or open_one.decided_at is not None:
        return redirect("care:voucher", code=own.code)
    form = EvidenceForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            show_evidence(dispute=open_one, by=customer(request), now=now, **form.cleaned_data)
        except DomainError as refusal:
            field = getattr(refusal, "field", None)
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Added."))
            return redirect("care:voucher", code=own.code)
    context = {"item": voucher_shown(own, now=now), "form": form}
    return render(request, "care/evidence.html", context, status=422 if form.errors else 200)


@require_GET
@never_cache
@login_required
def evidence_kept(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """A file of the dispute, of either side."""
    own = own_voucher(request, code)
    try:
        content, kind = evidence_file(evidence=evidence_at(evidence_of_owner(own), ref))
    except NotFound as error:
        raise Http404 from error
    return _private(content, kind)


@require_GET
@never_cache
@login_required
def picture(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """A photograph of the work that was done for this voucher."""
    own = own_voucher(request, code)
    try:
        found: WorkPicture = picture_of_owner(own, ref)
    except NotFound as error:
        raise Http404 from error
    return _private(file_at(path=found.path), "image/webp")


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def assess(request: HttpRequest, code: str) -> HttpResponse:
    """Four aspects and words; what the provider may get on top follows from them."""
    own, now = own_voucher(request, code), timezone.now()
    service = service_of(own)
    if own.state != Voucher.State.PERFORMED or service.redemption is None:
        return redirect("care:voucher", code=own.code)
    form = AssessForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        service.redemption.voucher = own
        try:
            assess_work(
                redemption=service.redemption,
                by=customer(request),
                now=now,
                aspects=form.aspects(),
                words=form.cleaned_data["words"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Thank you for your word."))
            return redirect("care:voucher", code=own.code)
    item = voucher_shown(own, now=now)
    context = {"item": item, "form": form, **service_shown(own, service, now=now)}
    return render(request, "care/assess.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def skip(request: HttpRequest, code: str) -> HttpResponse:
    """The next visit is needed now: go on without a word about the last one."""
    own = own_voucher(request, code)
    try:
        skip_assessment(voucher=own, by=customer(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("You can use the next visit now."))
    return redirect("care:voucher", code=own.code)


@require_POST
@login_required
def give(request: HttpRequest, code: str, incentive: str) -> HttpResponse:
    """The provider gets the incentive voucher."""
    own, now = own_voucher(request, code), timezone.now()
    try:
        found = own_incentive(person(request), own, incentive)
    except NotFound as error:
        raise Http404 from error
    try:
        give_incentive(incentive=found, by=customer(request), now=now)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        show_voucher(voucher_id=own.pk, now=now)
        messages.success(request, _("Given. The provider sees it at once."))
    return redirect("care:voucher", code=own.code)


def _private(content: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "attachment" if kind == "application/pdf" else "inline"
    return response
