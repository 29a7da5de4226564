"""How an open visit stands, for the voucher's owner: the voucher's own state is too coarse for the head of its page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ascc.models import Dispute, ServiceVisit, Voucher
from core.money import format_money
from orders.models import Side
from orders.presenting.reservations import when_text

State = Voucher.State
VisitState = ServiceVisit.State


def standing(voucher: Voucher, visit: ServiceVisit | None, dispute: Dispute | None, provider: str) -> dict[str, str]:
    """`now_state`, `now_text`, `now_badge`, where they say more than the voucher's state does; else nothing."""
    if dispute is not None and dispute.decided_at is not None:
        return _decided(voucher, dispute)
    if visit is None or voucher.state != State.IN_SERVICE:
        return {}
    name = {"provider": provider}
    if visit.state == VisitState.DISPUTED:
        text = _("You and %(provider)s do not agree about the work: the service center decides. Nobody is paid before.")
        return _said(_("disputed"), text % name, "danger")
    if visit.state == VisitState.REPORTED:
        text = _(
            "The work is reported below. Confirm it, or say what is wrong; "
            "after seven days without a word it counts as confirmed."
        )
        return _said(_("waiting for your word"), text, "warning")
    if visit.state == VisitState.ON_THE_WAY:
        return _said(_("provider on the way"), _("%(provider)s is on the way.") % name, "live-badge")
    return _agreed(visit, name) if visit.state == VisitState.AGREED else {}


def _agreed(visit: ServiceVisit, name: dict[str, str]) -> dict[str, str]:
    if visit.reservation is None:
        text = _("%(provider)s and you have agreed on it, without a time in the calendar.")
        return _said(_("agreed"), text % name, "brand")
    facts = {**name, "when": when_text(visit.reservation)}
    if visit.has_lost_its_time:
        text = _(
            "The appointment %(when)s has fallen through. %(provider)s agrees another time with you; "
            "until then you can also take the voucher back."
        )
        return _said(_("no time agreed"), text % facts, "warning")
    if not visit.has_open_time:
        return _said(_("agreed"), _agreed_words(visit) % facts, "brand")
    if visit.reservation.proposed_by == Side.CUSTOMER:
        text = _("You asked for %(when)s; %(provider)s has to answer.")
        return _said(_("waiting for the store’s answer"), text % facts, "warning")
    text = _("%(provider)s proposes %(when)s: say yes or no at the appointment.")
    return _said(_("waiting for your answer"), text % facts, "warning")


def _agreed_words(visit: ServiceVisit) -> str:
    if visit.place == ServiceVisit.Place.CUSTOMER:
        return _("%(provider)s comes to you: %(when)s.")
    if visit.place == ServiceVisit.Place.PROVIDER:
        return _("You come to %(provider)s: %(when)s.")
    return _("%(provider)s and you have agreed on %(when)s.")


def _decided(voucher: Voucher, dispute: Dispute) -> dict[str, str]:
    """What was decided stays at the head until the owner has gone on from it."""
    if voucher.state == State.PERFORMED and dispute.visit_counts:
        granted = {"amount": format_money(dispute.granted or 0, voucher.currency)}
        text = _("The service center has decided: the visit counts as used, and the provider is paid %(amount)s.")
        return _said(_("decided"), text % granted, "warning")
    if voucher.state == State.ACTIVE and not dispute.visit_counts:
        text = _("The service center has decided: the visit does not count. You can choose a provider again.")
        return _said(_("decided"), text, "success")
    return {}


def _said(state: str, text: str, badge: str) -> dict[str, str]:
    return {"now_state": state, "now_text": text, "now_badge": badge}
