"""Campaigns of a store or union: codes, letters, lists, and what came of them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.forms.codes import CampaignForm, ListForm, PersonForm, PrintForm
from chat.models import Campaign
from chat.printing import labels, letters, poster, sheets_of
from chat.queries.codes import campaign_at, campaigns_at, codes_at, days_of, figures_of, import_at, unused
from chat.services.codes import (
    Person,
    end_campaign,
    issue_codes,
    issue_print_codes,
    mail_codes,
    mark_printed,
    revoke_code,
    save_campaign,
)
from chat.services.list_imports import begin_import
from chat.services.lists import fill_by_rule
from chat.views.console.place import Place, for_answering, show_at
from core.charts import Point, day_label, draw
from core.errors import DomainError, NotFound
from core.numbers import row_id
from stores.views.manage.frame import actor_of, blame
from unions.models.storage import paper_storage

PER_PAGE = 50
MOST_PRINTED = 500


@for_answering
def campaigns(request: HttpRequest, place: Place) -> HttpResponse:
    """All of them with their figures, and the form for a new one."""
    form = CampaignForm(request.POST or None, union=place.union, store=place.store)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = save_campaign(
                union=place.union,
                store=place.store,
                campaign=None,
                actor=actor_of(request),
                now=timezone.now(),
                **form.values,
            )
        except DomainError as refusal:
            blame(form, refusal)
        else:
            return HttpResponseRedirect(place.address("campaign", short=campaign.short))
    page = Paginator(campaigns_at(place.union, place.store), PER_PAGE).get_page(request.GET.get("page"))
    figures = figures_of(place.union, list(page))
    rows = [{"campaign": campaign, "figures": figures[campaign.pk]} for campaign in page]
    return show_at(request, place, "talk/campaigns.html", {"page": page, "rows": rows, "form": form}, section="codes")


@for_answering
def campaign(request: HttpRequest, place: Place, short: str) -> HttpResponse:
    """One: its figures and days, its codes, and everything that can be done with it."""
    found = campaign_at(place.union, place.store, short)
    sent = request.POST.get("do", "") if request.method == "POST" else ""
    forms = {
        "person": PersonForm(request.POST if sent == "person" else None, union=place.union),
        "print": PrintForm(request.POST if sent == "print" else None, prefix=None, auto_id="print_%s"),
        "list": ListForm(
            request.POST if sent == "list" else None, request.FILES if sent == "list" else None, auto_id="list_%s"
        ),
        "change": CampaignForm(
            request.POST if sent == "change" else None,
            instance=campaign_at(place.union, place.store, short),
            union=place.union,
            store=place.store,
            auto_id="change_%s",
        ),
    }
    if request.method == "POST":
        form = forms.get(sent)
        if form is None or form.is_valid():
            try:
                return HttpResponseRedirect(_do(request, place, found, sent, form))
            except DomainError as refusal:
                if form is None:
                    raise
                blame(form, refusal)
    page = Paginator(codes_at(found), PER_PAGE).get_page(request.GET.get("page"))
    days = days_of(found)
    chart = None
    if days:
        points = [Point(day_label(day), scans, str(scans)) for day, scans in days[-60:]]
        total = sum(scans for _day, scans in days)
        chart = draw(title=_("Opened %(count)d times") % {"count": total}, unit=_("times"), points=points, kind="bar")
    context = {
        "campaign": found,
        "figures": figures_of(place.union, [found])[found.pk],
        "page": page,
        "chart": chart,
        "imports": list(found.imports.all()[:5]),
        "forms": forms,
        "is_list": found.kind == Campaign.Kind.LIST,
    }
    return show_at(request, place, "talk/campaign.html", context, section="codes")


def _do(request: HttpRequest, place: Place, found: Campaign, what: str, form: object) -> str:
    """Carry one button out and say where to go."""
    here, now = place.address("campaign", short=found.short), timezone.now()
    given = getattr(form, "cleaned_data", {})
    if what == "person":
        person = Person(given["name"], given["email"], given["address"], given["language"])
        made = issue_codes(campaign=found, persons=[person], max_uses=given["max_uses"], now=now)
        messages.success(request, _("The code is made.") if made else _("This person has a code already."))
    elif what == "print":
        issue_print_codes(campaign=found, now=now, **given)
        messages.success(request, _("The codes are made."))
    elif what == "list":
        run = begin_import(
            campaign=found,
            file=given["file"],
            max_uses=given["max_uses"],
            is_dry=given["is_dry"],
            actor=actor_of(request),
            now=now,
        )
        return place.address("list_import", short=found.short, run=run.ref)
    elif what == "change" and isinstance(form, CampaignForm):
        changed = save_campaign(
            union=place.union,
            store=place.store,
            campaign=campaign_at(place.union, place.store, found.short),
            actor=actor_of(request),
            now=now,
            **form.values,
        )
        messages.success(request, _("Saved."))
        return place.address("campaign", short=changed.short)
    elif what == "rule":
        messages.success(request, _("%(count)d added by the rule.") % {"count": fill_by_rule(campaign=found, now=now)})
    elif what == "mail":
        messages.success(
            request, _("%(count)d mails are on their way.") % {"count": mail_codes(campaign=found, now=now)}
        )
    elif what == "revoke":
        revoke_code(campaign=found, code_id=row_id(request.POST.get("code", "")) or 0, now=now)
        messages.success(request, _("The code opens nothing any more."))
    elif what == "end":
        end_campaign(campaign=found, now=now)
        messages.success(request, _("The campaign has ended."))
    else:
        raise NotFound
    return here


@for_answering
def paper(request: HttpRequest, place: Place, short: str, what: str) -> HttpResponse:
    """`letters`: everybody with a postal address who has none yet (`?all=1`: everybody); `poster`, `labels`."""
    if request.method != "GET":
        raise Http404
    found = campaign_at(place.union, place.store, short)
    codes = unused(codes_at(found), now=timezone.now()).order_by("pk")
    language = get_language() or place.union.default_language
    if what == "letters":
        wanted = (
            codes.exclude(name="", address="")
            if "all" in request.GET
            else codes.exclude(address="").filter(printed_at=None)
        )
        printed = list(wanted[:MOST_PRINTED])
        content = letters(found, sheets_of(place.union, printed))
        mark_printed(campaign=found, code_ids=[code.pk for code in printed], now=timezone.now())
    else:
        printed = list(
            codes.filter(email="", name="", reference="", customer=None)[: 1 if what == "poster" else MOST_PRINTED]
        )
        sheets = sheets_of(place.union, printed)
        content = b""
        if sheets:
            content = (
                poster(found, sheets[0], language=language)
                if what == "poster"
                else labels(found, sheets, language=language)
            )
    if not printed:
        messages.info(request, _("There is no code to print yet."))
        return HttpResponseRedirect(place.address("campaign", short=short))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.short}-{what}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@for_answering
def list_import(request: HttpRequest, place: Place, short: str, run: str) -> HttpResponse:
    """How far a file is; asked again by itself until it is through. `?report=1`: the refused rows."""
    found = campaign_at(place.union, place.store, short)
    imported = import_at(found, run)
    if "report" in request.GET:
        if not imported.report:
            raise Http404
        with paper_storage().open(imported.report) as report:
            response = HttpResponse(report.read(), content_type="text/csv")
        response["Content-Disposition"] = f'attachment; filename="refused-{found.short}.csv"'
        return response
    context = {
        "campaign": found,
        "run": imported,
        "under_way": imported.state in ("waiting", "running"),
        "outcomes": [
            (name.replace("_", " "), count) for name, count in imported.outcomes.items() if name != "max_uses"
        ],
    }
    return show_at(request, place, "talk/list_import.html", context, section="codes")
