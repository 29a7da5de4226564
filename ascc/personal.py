"""What is kept of a person with service vouchers."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

from accounts.models import User
from ascc.models import (
    Assessment,
    DisputeEvidence,
    IncentiveVoucher,
    Redemption,
    ServiceVisit,
    Voucher,
    VoucherGift,
    WorkPicture,
)
from ascc.services.keeping import file_at
from core.personal import Files, Tables, keeps, keeps_files, rows_of


@keeps("service")
def service_of(user: User) -> Tables:
    """Vouchers, gifts, work done, what they thought of it and what they gave for it."""
    mine = Voucher.objects.filter(owner=user).order_by("pk")
    what = ("code", "about", "state", "email", "serial", "issued_at", "activated_at", "expires_at")
    yield "vouchers", rows_of(mine, "union__slug", *what)
    gifts = VoucherGift.objects.filter(voucher__in=mine).order_by("pk")
    yield "gifts", rows_of(gifts, "voucher__code", "email", "words", "state", "offered_at")
    came = ServiceVisit.objects.filter(voucher__in=mine).order_by("pk")
    when = ("agreed_at", "started_at", "reported_at", "ended_at")
    yield "visits", rows_of(came, "voucher__code", "ref", "state", "place", "report", "confirmation", *when)
    told = DisputeEvidence.objects.filter(dispute__visit__in=came).order_by("dispute_id", "pk")
    yield "disputes", rows_of(told, "dispute__visit__ref", "at", "side", "words", "ref")
    done = Redemption.objects.filter(voucher__in=mine).order_by("pk")
    yield "work", rows_of(done, "voucher__code", "ref", "amount", "currency", "at")
    said = Assessment.objects.filter(customer=user).order_by("pk")
    yield "assessments", rows_of(said, "voucher__code", "score", "words", "at")
    given = IncentiveVoucher.objects.filter(customer=user).order_by("pk")
    yield "incentive_vouchers", rows_of(given, "union__slug", "code", "value", "currency", "state", "issued_at")


@keeps_files("service")
def pictures_of(user: User) -> Files:
    """Photos of what vouchers are for and of the work, signatures, what was shown in disputes."""
    mine = Voucher.objects.filter(owner=user).order_by("pk")
    came = ServiceVisit.objects.filter(voucher__in=mine).order_by("pk")
    work = WorkPicture.objects.filter(visit__in=came).order_by("pk")
    told = DisputeEvidence.objects.filter(dispute__visit__in=came).exclude(path="").order_by("pk")
    for folder, rows in (
        ("vouchers", mine.exclude(photo="").values_list("code", "photo")),
        ("signatures", came.exclude(signature="").values_list("ref", "signature")),
        ("visits", work.values_list("ref", "path")),
        ("disputes", told.values_list("ref", "path")),
    ):
        for name, path in rows.iterator(chunk_size=100):
            yield f"{folder}/{name}{PurePosixPath(path).suffix}", partial(file_at, path=path)
