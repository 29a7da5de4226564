"""What a service cost is claimed back from the insurer whose policy carries the program."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from ascc.models import Claim, ClaimPaper, ClaimStep, Insurer, Policy, Redemption
from ascc.services.moving import By
from core.errors import DomainError, Invalid, WrongState
from core.references import new_reference
from payments.models import LedgerAccount
from payments.services.ledger import Entry, Posting
from payments.services.transfers import transfer_all
from unions.models import Union

Kind = LedgerAccount.Kind
State = Claim.State


class NotInsured(DomainError):
    """The program has no policy, or its policy did not run then."""

    code = "not_insured"
    detail = _("No policy covers this service.")


class LimitReached(DomainError):
    """The policy has paid what it pays; `left` in minor units."""

    code = "policy_limit_reached"
    detail = _("The limit of this policy is reached.")


@transaction.atomic
def open_claim(*, redemption: Redemption, by: By, now: datetime, papers: list[tuple[str, str]] | None = None) -> Claim:
    """Claim what the fund paid for a visit. `papers` are (title, path) of private files that are kept already.

    Raises NotInsured, WrongState when the visit was claimed already.
    """
    policy = redemption.voucher.version.policy
    visit = redemption.visit
    if policy is None or visit is None or redemption.undone_at is not None:
        raise NotInsured
    if not policy.starts_on <= redemption.at.date() <= policy.ends_on or redemption.amount == 0:
        raise NotInsured
    try:
        with transaction.atomic():
            claim = Claim.objects.create(
                union_id=redemption.union_id,
                policy=policy,
                visit=visit,
                number=new_reference(redemption.ref.partition("-")[0][:-1] + "C"),
                asked=redemption.amount,
                currency=redemption.currency,
                opened_at=now,
            )
    except IntegrityError as error:
        raise WrongState(_("This service was claimed already.")) from error
    _step(claim, "", by=by, now=now)
    for title, path in papers or []:
        add_paper(claim=claim, title=title, path=path, now=now)
    return claim


@transaction.atomic
def add_paper(*, claim: Claim, title: str, path: str, now: datetime) -> ClaimPaper:
    """Hand in one more paper while the insurer has not decided for good. Raises Invalid, WrongState."""
    if not title.strip():
        raise Invalid(_("Say what the paper is."), field="title")
    if claim.state == State.PAID:
        raise WrongState(state=claim.state)
    return ClaimPaper.objects.create(union_id=claim.union_id, claim=claim, title=title.strip()[:160], path=path, at=now)


@transaction.atomic
def approve_claim(*, claim: Claim, by: By, now: datetime, amount: int, note: str = "") -> Claim:
    """The insurer takes over `amount`: it owes that from now on to who promised and has paid for the service.

    At most what was asked less the deductible, the limit per claim, and what is left of the policy: its row is the
    lock, so that two claims at once do not share the rest. Raises Invalid, LimitReached, WrongState.
    """
    policy = Policy.objects.select_for_update().get(union=claim.union_id, pk=claim.policy_id)
    most = min(max(0, claim.asked - policy.deductible), policy.claim_limit)
    if not 0 < amount <= most:
        raise Invalid(
            _("The insurer takes over between nothing and what the policy allows."), field="amount", most=most
        )
    so_far = Claim.objects.filter(union=claim.union_id, policy=policy).aggregate(sum=Sum("approved", default=0))["sum"]
    if so_far + amount > policy.total_limit:
        raise LimitReached(left=max(0, policy.total_limit - so_far))
    _move(claim, [State.OPENED], State.APPROVED, by=by, now=now, note=note, approved=amount, decided_at=now)
    issuer = claim.visit.voucher.program.store
    to = (Kind.PROGRAM_INCOME, None) if issuer is None else (Kind.ENTERPRISE_PAYABLE, issuer.membership_id)
    _post(
        claim,
        "claim approved",
        [
            Entry(Kind.INSURER_RECEIVABLE, amount, claim.currency),
            Entry(to[0], -amount, claim.currency, to[1]),
        ],
        now=now,
    )
    return claim


@transaction.atomic
def reject_claim(*, claim: Claim, by: By, now: datetime, reason: str) -> Claim:
    """The insurer pays nothing. Raises Invalid, WrongState."""
    if not reason.strip():
        raise Invalid(_("Say why."), field="reason")
    _move(
        claim, [State.OPENED], State.REJECTED, by=by, now=now, note=reason, reason=reason.strip()[:300], decided_at=now
    )
    return claim


@transaction.atomic
def appeal_claim(*, claim: Claim, by: By, now: datetime, words: str) -> Claim:
    """A rejected claim is put before the insurer again, once. Raises Invalid, WrongState."""
    if not words.strip():
        raise Invalid(_("Say why the rejection is wrong."), field="words")
    if claim.appealed_at is not None:
        raise WrongState(_("A claim can be appealed once."), state=claim.state)
    _move(claim, [State.REJECTED], State.OPENED, by=by, now=now, note=words, appealed_at=now, decided_at=None)
    return claim


@transaction.atomic
def pay_claim(*, claim: Claim, by: By, now: datetime, note: str = "") -> Claim:
    """The insurer's money has arrived at the bank. Raises WrongState."""
    _move(claim, [State.APPROVED], State.PAID, by=by, now=now, note=note, paid_at=now)
    _post(
        claim,
        "claim paid",
        [
            Entry(Kind.BANK, claim.approved, claim.currency),
            Entry(Kind.INSURER_RECEIVABLE, -claim.approved, claim.currency),
        ],
        now=now,
    )
    return claim


@transaction.atomic
def pay_premiums(*, union: Union, insurer: Insurer, amount: int, reference: str, now: datetime) -> bool:
    """Premiums went to the insurer; the same reference again changes nothing. Raises Invalid."""
    if amount <= 0:
        raise Invalid(_("An amount is missing."), field="amount")
    return bool(
        transfer_all(
            union=union,
            postings=[
                Posting(
                    "premium paid",
                    reference,
                    [
                        Entry(Kind.INSURER_PAYABLE, amount, union.currency),
                        Entry(Kind.BANK, -amount, union.currency),
                    ],
                    memo=insurer.name,
                )
            ],
            now=now,
        )
    )


def _move(claim: Claim, from_: list[str], to: str, *, by: By, now: datetime, note: str, **changes: object) -> None:
    before = claim.state
    moved = Claim.objects.filter(union=claim.union_id, pk=claim.pk, state__in=from_).update(state=to, **changes)
    claim.refresh_from_db()
    if not moved:
        raise WrongState(state=claim.state)
    _step(claim, before, by=by, now=now, note=note)


def _step(claim: Claim, before: str, *, by: By, now: datetime, note: str = "") -> None:
    ClaimStep.objects.create(
        union_id=claim.union_id,
        claim=claim,
        from_state=before,
        to_state=claim.state,
        actor_id=by.user_id,
        note=note.strip()[:300],
        at=now,
    )


def _post(claim: Claim, kind: str, entries: list[Entry], *, now: datetime) -> None:
    transfer_all(union=claim.union_id, postings=[Posting(kind, claim.number, entries)], now=now)
