"""Insurers, their policies, claims on them, and the monthly bordereau."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from ascc.admin.shared import COLOURS, center_by, private_file
from ascc.forms.center import ApproveForm, ExtendForm, PaperForm, PolicyForm, PremiumForm, WordsForm
from ascc.models import Claim, ClaimPaper, ClaimStep, Insurer, Policy
from ascc.queries.bordereau import head, last_months, lines_of, sums_of
from ascc.services.insuring import add_paper, appeal_claim, approve_claim, pay_claim, pay_premiums, reject_claim
from ascc.services.papers import paper_kept
from ascc.services.policies import extend_policy, make_policy
from core.errors import DomainError
from core.money import format_money
from core.tables import table_file
from stores.views.manage.frame import blame
from unions.admin.choosing import ask_union, union_chosen
from unions.admin.columns import link, linked, money, named, once, state
from unions.admin.moves import Move, MovingAdmin
from unions.admin.office import OwnFilter, ReadOnlyInline, Who

State = Claim.State


def _premium(insurer: Insurer, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    pay_premiums(union=insurer.union, insurer=insurer, amount=told["amount"], reference=told["reference"], now=now)


@admin.register(Insurer)
class InsurerAdmin(MovingAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    list_display = ("name", "email", "phone")
    search_fields = ("name",)
    readonly_fields = ("policies_table", "bordereaux")
    moves = (
        Move(
            "premium",
            _("Premiums were paid"),
            _("Book premiums that were transferred to this insurer."),
            _premium,
            form=PremiumForm,
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Insurer | None = None) -> Any:
        groups: list[Any] = [(None, {"fields": ("union", "name", ("email", "phone"), "address")})]
        if obj is not None:
            groups.append((_("Policies"), {"fields": ("policies_table",)}))
            groups.append((_("Bordereau of each month"), {"fields": ("bordereaux",)}))
        return groups

    def get_queryset(self, request: HttpRequest) -> QuerySet[Insurer]:
        return super().get_queryset(request).select_related("union")

    @display(description=_("policies"))
    @once
    def policies_table(self, insurer: Insurer) -> SafeString | str:
        rows = [
            (
                link(row["policy"]),
                row["insured"],
                *(
                    format_money(row[name], row["policy"].currency)
                    for name in ("premiums", "asked", "approved_sum", "paid")
                ),
            )
            for row in sums_of(insurer)
        ]
        if not rows:
            return "—"
        titles = (_("policy"), _("vouchers"), _("premiums"), _("asked"), _("taken over"), _("paid"))
        heading = format_html_join("", '<th scope="col">{}</th>', ((title,) for title in titles))
        lines = format_html_join("", "<tr>" + "<td>{}</td>" * 6 + "</tr>", rows)
        return format_html(
            '<div class="table-frame"><table class="office-table"><thead><tr>{}</tr></thead>'
            "<tbody>{}</tbody></table></div>",
            heading,
            lines,
        )

    @display(description=_("as CSV"))
    @once
    def bordereaux(self, insurer: Insurer) -> SafeString:
        months = [f"{month:%Y-%m}" for month in last_months(insurer, now=timezone.now())]
        rows = [(reverse("admin:ascc_insurer_bordereau", args=[insurer.pk, month]), month) for month in months]
        links = format_html_join("", '<li><a class="office-link" href="{}">{}</a></li>', rows)
        return format_html('<ul class="office-months">{}</ul>', links)

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<int:object_id>/bordereau/<str:month>.csv",
            self.admin_site.admin_view(self.bordereau_view),
            name="ascc_insurer_bordereau",
        )
        return [page, *super().get_urls()]

    def bordereau_view(self, request: HttpRequest, object_id: int, month: str) -> StreamingHttpResponse:
        """What the insurer is told of one month (`2026-03`)."""
        insurer = self.get_object(request, str(object_id))
        if insurer is None or not self.has_view_permission(request, insurer):
            raise Http404
        try:
            first = date.fromisoformat(f"{month}-01")
        except ValueError as error:
            raise Http404 from error
        return table_file(
            request,
            name=f"bordereau-{insurer.pk}-{first:%Y-%m}",
            shape="csv",
            head=head(),
            rows=lines_of(insurer, first),
        )


def _extend(policy: Policy, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    extend_policy(policy=policy, ends_on=told["ends_on"], total_limit=told["total_limit"])


@admin.register(Policy)
class PolicyAdmin(MovingAdmin):
    added_by = Who.OFFICE
    list_display = ("number", "insurer_name", "starts_on", "ends_on", "premium_text", "limit_text", "total_text")
    list_filter = (("insurer", OwnFilter),)
    list_filter_submit = True
    search_fields = ("=number", "insurer__name")
    ordering = ("-starts_on", "number")
    fields = (
        ("number", "insurer_link"),
        ("starts_on", "ends_on"),
        ("premium_text", "deductible_text"),
        ("limit_text", "total_text"),
        "union",
    )
    moves = (
        Move(
            "extend",
            _("Extend"),
            _("Let the policy run on, or bear more in all. Its premium stays: vouchers were issued with it."),
            _extend,
            form=ExtendForm,
        ),
    )
    insurer_link = linked("insurer", _("insurer"))
    premium_text = money("premium", _("premium per voucher"))
    limit_text = money("claim_limit", _("at most per claim"))
    total_text = money("total_limit", _("at most in all"))
    deductible_text = money("deductible", _("deductible per claim"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return super().get_queryset(request).select_related("union", "insurer")

    @display(description=_("insurer"), ordering="insurer__name")
    def insurer_name(self, policy: Policy) -> str:
        return policy.insurer.name

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A policy of one of the union's insurers."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        title, union = _("New policy"), union_chosen(request)
        if union is None:
            return ask_union(request, self, title)
        form = PolicyForm(request.POST or None, union=union)
        if request.method == "POST" and form.is_valid():
            try:
                policy = make_policy(**form.terms())
            except DomainError as refusal:
                blame(form, refusal)
            else:
                self.log_addition(request, policy, "added")
                self.message_user(request, _("Programs can be insured under it now."), messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:ascc_policy_change", args=[policy.pk]))
        back = reverse("admin:ascc_policy_changelist")
        return self.show_form(request, form, title=title, question=str(union), back=back)


class ClaimStepInline(ReadOnlyInline):
    model = ClaimStep
    fields = ("at", "step", "person", "note")
    readonly_fields = fields
    verbose_name_plural = _("history of this claim")
    person = named("actor", _("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClaimStep]:
        return super().get_queryset(request).select_related("actor")

    @display(description=_("step"))
    def step(self, step: ClaimStep) -> str:
        words = dict(State.choices)
        came = words.get(step.from_state, "")
        return f"{came} → {words[step.to_state]}" if came else str(words[step.to_state])


class ClaimPaperInline(ReadOnlyInline):
    model = ClaimPaper
    fields = ("at", "paper")
    readonly_fields = fields
    verbose_name_plural = _("papers handed in")

    @display(description=_("paper"))
    def paper(self, paper: ClaimPaper) -> SafeString:
        address = reverse("admin:ascc_claim_paper", args=[paper.claim_id, paper.pk])
        return format_html('<a class="office-link" href="{}">{}</a>', address, paper.title)


def _approve(claim: Claim, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    by = center_by(actor, told["address"])
    approve_claim(claim=claim, by=by, now=now, amount=told["amount"], note=told["note"])


def _reject(claim: Claim, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    reject_claim(claim=claim, by=center_by(actor, told["address"]), now=now, reason=told["words"])


def _appeal(claim: Claim, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    appeal_claim(claim=claim, by=center_by(actor, told["address"]), now=now, words=told["words"])


def _pay(claim: Claim, actor: Any, now: datetime, reason: str) -> None:
    pay_claim(claim=claim, by=center_by(actor), now=now, note=reason)


def _paper(claim: Claim, actor: Any, now: datetime, told: dict[str, Any]) -> None:
    with paper_kept(union_id=claim.union_id, title=told["title"], file=told["paper"]) as papers:
        for title, kept in papers:
            add_paper(claim=claim, title=title, path=kept, now=now)


@admin.register(Claim)
class ClaimAdmin(MovingAdmin):
    list_display = ("number", "insurer_name", "policy", "opened_at", "asked_text", "approved_text", "state_label")
    list_filter = (("state", ChoicesDropdownFilter), ("policy", OwnFilter))
    list_filter_submit = True
    search_fields = ("=number", "=visit__ref", "=visit__voucher__code")
    date_hierarchy = "opened_at"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("number", "state_label"), ("policy_link", "insurer_link"), ("voucher_link", "service"))}),
        (_("Money"), {"fields": (("asked_text", "approved_text"), ("limit_text", "deductible_text"), "reason")}),
        (_("When"), {"fields": (("opened_at", "decided_at"), ("appealed_at", "paid_at"), "union")}),
    )
    inlines = (ClaimPaperInline, ClaimStepInline)
    moves = (
        Move(
            "approve",
            _("The insurer takes it over"),
            _("From now on the insurer owes this to who promised and paid for the service."),
            _approve,
            lambda claim: claim.state == State.OPENED,
            form=ApproveForm,
        ),
        Move(
            "reject",
            _("The insurer rejects it"),
            _("Note why the insurer pays nothing. It can be appealed once."),
            _reject,
            lambda claim: claim.state == State.OPENED,
            is_grave=True,
            form=WordsForm,
        ),
        Move(
            "appeal",
            _("Appeal"),
            _("Put the claim before the insurer again. This is possible once."),
            _appeal,
            lambda claim: claim.state == State.REJECTED and claim.appealed_at is None,
            form=WordsForm,
        ),
        Move(
            "pay",
            _("The money has arrived"),
            _("Has the insurer's money for these claims arrived at the bank?"),
            _pay,
            lambda claim: claim.state == State.APPROVED,
            asks_reason=True,
        ),
        Move(
            "paper",
            _("Add a paper"),
            _("Hand in one more paper with this claim."),
            _paper,
            lambda claim: claim.state != State.PAID,
            form=PaperForm,
        ),
    )
    state_label = state(colours=COLOURS)
    asked_text = money("asked", _("asked"))
    approved_text = money("approved", _("taken over"))
    policy_link = linked("policy", _("policy"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        rows = super().get_queryset(request)
        return rows.select_related("union", "policy__insurer", "visit__voucher__program__store")

    @display(description=_("insurer"), ordering="policy__insurer__name")
    def insurer_name(self, claim: Claim) -> str:
        return claim.policy.insurer.name

    @display(description=_("insurer"))
    def insurer_link(self, claim: Claim) -> Any:
        return link(claim.policy.insurer)

    @display(description=_("voucher"))
    def voucher_link(self, claim: Claim) -> Any:
        return link(claim.visit.voucher)

    @display(description=_("service"))
    def service(self, claim: Claim) -> str:
        return claim.visit.ref

    @display(description=_("at most per claim"))
    def limit_text(self, claim: Claim) -> str:
        return format_money(claim.policy.claim_limit, claim.policy.currency)

    @display(description=_("deductible per claim"))
    def deductible_text(self, claim: Claim) -> str:
        return format_money(claim.policy.deductible, claim.policy.currency)

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<int:object_id>/papers/<int:paper_id>/",
            self.admin_site.admin_view(self.paper_view),
            name="ascc_claim_paper",
        )
        return [page, *super().get_urls()]

    def paper_view(self, request: HttpRequest, object_id: int, paper_id: int) -> HttpResponse:
        """A paper that was handed in with the claim."""
        claim = self.get_object(request, str(object_id))
        if claim is None or not self.has_view_permission(request, claim):
            raise Http404
        kept = claim.papers.filter(pk=paper_id).values_list("path", flat=True).first()
        if kept is None:
            raise Http404
        return private_file(kept)
