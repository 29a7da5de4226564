"""An enterprise applies to a union, sees where its application stands, and may withdraw or leave."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, NotFound
from unions.forms import ApplicationForm
from unions.models import Enterprise, Union
from unions.queries import applicants_for, memberships_in, paper_for
from unions.services import drafts, membership


def apply(request: HttpRequest, union: str) -> HttpResponse:
    """Guests read what joining means and sign in; owners see where they stand, and the form."""
    here: Union = request.union  # type: ignore[attr-defined]
    user: Any = request.user
    if not user.is_authenticated:
        return render(request, "unions/apply_guest.html")
    owned = list(applicants_for(user, here))
    if request.method == "POST":
        return _take(request, here, owned)
    form = ApplicationForm(owned=owned, initial={"country": here.country, "email": user.email, "phone": user.phone})
    return _show(request, here, form, kept=[])


def _take(request: HttpRequest, here: Union, owned: list[Enterprise]) -> HttpResponse:
    user: Any = request.user
    sent: list[UploadedFile] = request.FILES.getlist("papers")
    kept = drafts.drafts_of(user=user, ticket=request.POST.get("kept", ""))
    form = ApplicationForm(request.POST, request.FILES, owned=owned, has_papers=bool(kept))
    if form.is_valid():
        again = drafts.open_drafts(drafts=kept)
        try:
            made = membership.apply(
                union=here, user=user, details=form.details(), papers=[*again, *sent], now=timezone.now()
            )
        except DomainError as error:
            field = getattr(error, "field", None)
            form.add_error(field if field in form.fields else None, str(error))
        else:
            drafts.forget_drafts(drafts=kept)
            messages.success(
                request,
                _("%(name)s has applied. The union's office answers by e-mail.") % {"name": made.enterprise.name},
            )
            return redirect("unions:apply", union=here.slug)
        finally:
            for paper in again:
                paper.close()
    kept += drafts.keep_drafts(papers=sent)
    if kept:
        form.fields["papers"].required = False
    return _show(request, here, form, kept=kept, status=422)


def _show(
    request: HttpRequest, here: Union, form: ApplicationForm, *, kept: list[drafts.Draft], status: int = 200
) -> HttpResponse:
    user: Any = request.user
    context = {
        "form": form,
        "memberships": memberships_in(user, here),
        "kept": kept,
        "ticket": drafts.ticket_for(user=user, drafts=kept),
    }
    return render(request, "unions/apply.html", context, status=status)


@require_POST
@login_required
def leave(request: HttpRequest, union: str) -> HttpResponse:
    """Withdraw an application, or end the membership, of one of the person's own enterprises."""
    here: Union = request.union  # type: ignore[attr-defined]
    user: Any = request.user
    own = next((one for one in memberships_in(user, here) if str(one.pk) == request.POST.get("membership")), None)
    if own is None:
        raise Http404
    try:
        membership.leave(membership=own, actor=user, now=timezone.now(), reason=request.POST.get("reason", "")[:2000])
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("unions:apply", union=here.slug)


@require_GET
@login_required
def paper(request: HttpRequest, name: str) -> HttpResponse:
    """Hand out a paper to the union's office and the enterprise's owners, always as a download."""
    try:
        found = paper_for(request.user, name)
    except NotFound as error:
        raise Http404 from error
    # At most 10 MB, so in one piece: a stream of a plain file would have to be gathered under ASGI anyway.
    with found.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.title)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
