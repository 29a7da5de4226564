"""Keeping what the daily check found, and telling the union's office when anything differs."""

from __future__ import annotations

from datetime import datetime

from core.mail import send_templated_mail
from payments.models import CheckReport
from payments.services.findings import Findings
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
    languages = dict(admins.order_by("user__email").values_list("user__email", "user__language"))
    for address, language in (languages or {union.contact_email: ""}).items():
        if address:
            send_templated_mail(
                template="check_differences",
                to=address,
                language=language or union.default_language,
                context={"report": report, "union": union},
            )
