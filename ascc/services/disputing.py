"""Customer and provider do not agree; both are heard, the center decides, and the decision moves the money."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from ascc.models import Dispute, DisputeEvidence, Redemption, ServiceVisit
from ascc.services.moving import By, State, What, move_voucher, note_step
from ascc.services.working import confirm_work
from core.errors import Invalid, WrongState
from core.references import new_secret

VisitState = ServiceVisit.State


class DisputeDecided(WrongState):
    """The center has spoken: nothing is added any more, and nothing is decided twice."""

    code = "dispute_decided"
    detail = _("The service center has decided this dispute; nothing can be added any more.")


@transaction.atomic
def open_dispute(*, visit: ServiceVisit, by: By, now: datetime, reason: str) -> Dispute:
    """Instead of confirming what was reported. Raises Invalid, WrongState."""
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Say what is wrong."), field="reason")
    moved = ServiceVisit.objects.filter(union=visit.union_id, pk=visit.pk, state=VisitState.REPORTED).update(
        state=VisitState.DISPUTED
    )
    visit.refresh_from_db(fields=["state"])
    if not moved:
        raise WrongState(state=visit.state)
    try:
        with transaction.atomic():
            dispute = Dispute.objects.create(
                union_id=visit.union_id, visit=visit, opened_by=by.side, reason=reason[:2000], opened_at=now
            )
    except IntegrityError as error:
        raise WrongState(state=visit.state) from error
    note_step(voucher=visit.voucher, what=What.DISPUTED, by=by, now=now, note=visit.ref)
    return dispute


@transaction.atomic
def add_evidence(*, dispute: Dispute, by: By, now: datetime, words: str, path: str = "") -> DisputeEvidence:
    """What one side says; `path` is a private picture or paper that is kept already.

    The dispute's row decides whether it came before the decision. Raises Invalid, DisputeDecided.
    """
    words = words.strip()
    if not words:
        raise Invalid(_("Say in words what it shows."), field="words")
    locked = Dispute.objects.select_for_update(of=("self",)).select_related("visit__voucher")
    dispute = locked.get(union=dispute.union_id, pk=dispute.pk)
    if dispute.decided_at is not None:
        raise DisputeDecided(state="decided")
    evidence = DisputeEvidence.objects.create(
        union_id=dispute.union_id,
        dispute=dispute,
        side=by.side,
        actor_id=by.user_id,
        words=words[:2000],
        ref=new_secret(16) if path else "",
        path=path,
        at=now,
    )
    note_step(voucher=dispute.visit.voucher, what=What.SHOWN, by=by, now=now, note=dispute.visit.ref)
    return evidence


@transaction.atomic
def decide_dispute(
    *, dispute: Dispute, by: By, now: datetime, decision: str, granted: int, visit_counts: bool = True
) -> Redemption | None:
    """The center's word: so much of the fee (minor units) is paid, and whether a visit counts as used.

    A visit that does not count pays nothing; the customer can choose again. Raises Invalid, DisputeDecided.
    """
    decision = decision.strip()
    visit = dispute.visit
    most = visit.fee - visit.deductible
    if not decision:
        raise Invalid(_("Give reasons for the decision."), field="decision")
    if not 0 <= granted <= most or (granted and not visit_counts):
        raise Invalid(
            _("What is paid lies between nothing and the fee, and only for a visit that counts."), field="granted"
        )
    decided = Dispute.objects.filter(union=dispute.union_id, pk=dispute.pk, decided_at=None).update(
        decided_at=now, decided_by=by.user_id, decision=decision[:2000], granted=granted, visit_counts=visit_counts
    )
    dispute.refresh_from_db()
    if not decided:
        raise DisputeDecided(state="decided")
    note_step(voucher=visit.voucher, what=What.DECIDED, by=by, now=now, note=decision)
    if visit_counts:
        return confirm_work(visit=visit, by=by, now=now, how=ServiceVisit.Confirmation.DECISION, amount=granted)
    ended = ServiceVisit.objects.filter(union=visit.union_id, pk=visit.pk, state=VisitState.DISPUTED).update(
        state=VisitState.BROKEN_OFF, ended_at=now
    )
    visit.refresh_from_db(fields=["state"])
    if not ended:
        raise WrongState(state=visit.state)
    move_voucher(
        voucher=visit.voucher,
        to=State.ACTIVE,
        what=What.RETURNED,
        by=by,
        now=now,
        only_from=[State.IN_SERVICE],
        only_if={"provider_id": visit.provider_id},
        provider_id=None,
    )
    return None
