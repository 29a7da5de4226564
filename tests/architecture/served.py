"""What after-sales service there is in each of the two unions: vouchers kept, in work, disputed and rewarded."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from ascc.models import Assessment, ServiceProvider, Voucher
from ascc.services.activating import activate_voucher
from ascc.services.assessing import assess_work, give_incentive
from ascc.services.confirming import confirm_signed
from ascc.services.disputing import open_dispute
from ascc.services.issuing import issue_vouchers
from ascc.services.moving import By, Side
from ascc.services.passing_on import offer_voucher
from ascc.services.picturing import add_picture, photo_kept
from ascc.services.pricing import set_price
from ascc.services.proving import show_evidence
from ascc.services.transmitting import accept_transmission, send_voucher
from ascc.services.working import agree_visit, report_work, start_work
from tests.factories.ascc import program
from tests.factories.ascc import provider as a_provider
from tests.factories.ascc import voucher as a_voucher
from tests.factories.orders import NOW

if TYPE_CHECKING:
    from tests.architecture.two_unions import Place


def served(place: Place) -> dict[str, str]:
    """The store does after-sales service: a voucher of its shopper in work, with a photo, and one used and rewarded."""
    union, store, shopper, now = place.union, place.store, place.people["shopper"], timezone.now()
    worker = a_provider(union, store=store, about=f"{place.marker} repairs")
    worker.ref = "SAME-WORKER"
    worker.save()
    price = set_price(provider=worker, title=f"{place.marker} call-out", amount=4500, unit="visit")
    price.key = "SAME-PRICE"
    price.save()
    by = By(Side.CUSTOMER, shopper.pk)
    held = a_voucher(store, owner=shopper)
    held.about = f"{place.marker} lamp"
    held.code = "SAME-V0UCHER"
    held.save()
    activate_voucher(voucher=held, by=by, now=now)
    accept_transmission(
        transmission=send_voucher(voucher=held, provider=worker, by=by, now=now, wish=f"{place.marker} wish"),
        by=by,
        now=now,
    )
    held.refresh_from_db()
    visit = agree_visit(voucher=held, provider=worker, by=by, now=now)
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    picture = add_picture(visit=visit, file=SimpleUploadedFile("work.png", buffer.getvalue()), now=now)
    report = report_work(visit=start_work(visit=visit, by=by, now=now), by=by, now=now, report=f"{place.marker} report")
    signed = io.BytesIO()
    Image.new("RGB", (200, 80)).save(signed, "PNG")
    drawing = SimpleUploadedFile("sign.png", signed.getvalue())
    redemption = confirm_signed(visit=report, drawing=drawing, by=by, now=now)
    marks = dict.fromkeys(Assessment.ASPECTS, 5)
    said = assess_work(redemption=redemption, by=by, now=now, aspects=marks, words=f"{place.marker} fine")
    give_incentive(incentive=said.incentive, by=by, now=now)
    return {
        "held": held.code,
        "redemption": redemption.ref,
        "incentive": said.incentive.code,
        "photo": picture.ref,
        "worker": worker.ref,
        "provider_price": price.key,
        **_disputed(place, worker),
    }


def _disputed(place: Place, worker: ServiceProvider) -> dict[str, str]:
    """Another voucher of the shopper, about which they do not agree: with a picture as evidence."""
    by, now = By(Side.CUSTOMER, place.people["shopper"].pk), timezone.now()
    held = a_voucher(place.store, owner=place.people["shopper"])
    activate_voucher(voucher=held, by=by, now=now)
    sent = send_voucher(voucher=held, provider=worker, by=by, now=now, wish=f"{place.marker} wish")
    accept_transmission(transmission=sent, by=by, now=now)
    held.refresh_from_db()
    visit = start_work(visit=agree_visit(voucher=held, provider=worker, by=by, now=now), by=by, now=now)
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    photo = add_picture(visit=visit, file=SimpleUploadedFile("work.png", buffer.getvalue()), now=now)
    report_work(visit=visit, by=by, now=now, report=f"{place.marker} report")
    dispute = open_dispute(visit=visit, by=by, now=now, reason=f"{place.marker} reason")
    file = SimpleUploadedFile("wrong.png", buffer.getvalue())
    shown = show_evidence(dispute=dispute, by=by, now=now, words=f"{place.marker} words", file=file)
    return {"disputed": held.code, "evidence": shown.ref, "work": photo.ref}


def looked_after(place: Place, arrived: Any) -> dict[str, str]:
    """A program and its voucher for what has arrived, activated with a photo and offered to somebody."""
    promised = program(place.union, title=f"{place.marker} plan", terms=f"{place.marker} terms", needs_photo=True)
    issue_vouchers(order_ids=[arrived.pk], now=NOW)
    held, now = Voucher.objects.get(union=place.union, order_line__order=arrived, program=promised), timezone.now()
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    with photo_kept(voucher=held, file=SimpleUploadedFile("plate.png", buffer.getvalue())) as path:
        Voucher.objects.filter(union=place.union, pk=held.pk).update(
            issued_at=now, expires_at=now + timedelta(days=99), photo=path
        )
    by = By("customer", place.people["shopper"].pk)
    gift = offer_voucher(voucher=held, by=by, now=now, email=f"friend@{place.union.slug}.example", words=place.marker)
    own = program(place.union, store=place.store, title=f"{place.marker} own plan", terms=f"{place.marker} own terms")
    return {"voucher": held.code, "gift": gift.token, "program": promised.ref, "own_program": own.ref}
