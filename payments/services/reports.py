"""Keeping what the daily check found, and telling the union's office when anything differs."""

from __future__ import annotations

from datetime import datetime

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from payments.models import CheckReport
from payments.services.check import Findings
from unions.models import Union, UnionStaff


def keep_report(*, union: Union, findings: Findings, now: datetime) -> CheckReport:
    """Write the report down; differences are mailed to the union's administrators, or to its office without any."""
    report = CheckReport.objects.create(union=union, at=now, differences=findings.differences, counted=findings.counted)
    if report.differences:
        _tell_office(report)
    return report


def _tell_office(report: CheckReport) -> None:
    union = report.union
    admins = UnionStaff.objects.filter(union=union, role=UnionStaff.Role.ADMIN, user__is_active=True)
    addresses = sorted(admins.values_list("user__email", flat=True)) or [union.contact_email]
    with translation.override(union.default_language):
        context = {"report": report, "union": union}
        subject = render_to_string("mail/check_differences_subject.txt", context).strip()
        body = render_to_string("mail/check_differences.txt", context)
    send_mail(subject, body, None, [address for address in addresses if address])
