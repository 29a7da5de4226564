"""A dispute is heard on both sides: the provider reads it, answers with words and pictures, and is told how it ends."""

import io

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from ascc import handlers, tasks
from ascc.models import Dispute, DisputeEvidence, VoucherStep
from ascc.services.disputing import DisputeDecided, add_evidence, decide_dispute, open_dispute
from ascc.services.moving import By, Side
from ascc.services.proving import MOST_PIECES
from tests.ascc.desks import desk, step, visited
from tests.factories.ascc import provider as a_provider
from tests.factories.stores import StoreStaffFactory
from tests.factories.unions import UnionStaffFactory, owner_of

pytestmark = pytest.mark.django_db
CENTER = By(Side.CENTER)


@pytest.fixture
def there(settings, tmp_path):
    talk = {**settings.STORAGES["talk"], "OPTIONS": {"location": tmp_path / "talk"}}
    settings.STORAGES = {**settings.STORAGES, "talk": talk}
    here = desk()
    here.dispute = open_dispute(visit=visited(here, reported=True), by=here.by, now=timezone.now(), reason="It leaks.")
    return here


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def photo(name="dry.png", mode="RGB"):
    buffer = io.BytesIO()
    Image.new(mode, (40, 30), "teal").save(buffer, "PNG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/png")


def decided(there, **said):
    return decide_dispute(
        dispute=there.dispute, by=CENTER, now=timezone.now(), **{"decision": "Half of it.", "granted": 2000, **said}
    )


def test_provider_reads_what_the_customer_says_and_answers_with_a_picture(there):
    add_evidence(dispute=there.dispute, by=there.by, now=timezone.now(), words="A wet floor.")
    page = there.browser.get(f"{there.base}vouchers/{there.voucher.code}/").content.decode()
    for words in ("The service center decides", "It leaks.", "A wet floor.", "Your side"):
        assert words in page
    assert step(there, "evidence", {"words": "", "file": photo()}).status_code == 422
    assert step(there, "evidence", {"words": "A text.", "file": SimpleUploadedFile("a.png", b"no")}).status_code == 422
    assert there.dispute.evidence.count() == 1
    for _again in range(2):
        response = step(there, "evidence", {"words": "Dry when I left.", "file": photo()}, once="once-9")
        assert response.status_code == 302
    said = there.dispute.evidence.get(side="provider")
    assert (said.words, said.actor, said.path.endswith(".webp")) == ("Dry when I left.", there.person, True)
    assert VoucherStep.objects.filter(voucher=there.voucher, what="shown", side="provider").count() == 1
    kept = f"{there.base}vouchers/{there.voucher.code}/evidence/{said.ref}/"
    answer = there.browser.get(kept)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "image/webp",
        "private, no-store",
    )
    assert kept in there.browser.get(f"{there.base}vouchers/{there.voucher.code}/").content.decode()

    # The customer and the office see the same; nobody else does.
    own = signed_in(there.customer)
    page = own.get(f"/account/vouchers/{there.voucher.code}/").content.decode()
    assert "Dry when I left." in page and "service provider" in page
    assert own.get(f"/account/vouchers/{there.voucher.code}/evidence/{said.ref}/")["Content-Type"] == "image/webp"
    office = signed_in(UnionStaffFactory(union=there.union, role="admin").user)
    page = office.get(f"/admin/ascc/dispute/{there.dispute.pk}/change/").content.decode()
    assert "It leaks." in page and "A wet floor." in page and "Dry when I left." in page
    assert office.get(f"/admin/ascc/dispute/{there.dispute.pk}/files/evidence-{said.pk}/").status_code == 200
    next_door = a_provider(there.union)
    for other in (owner_of(next_door.store.membership), owner_of(there.shop.membership)):
        assert signed_in(other).get(kept).status_code == 404
        assert signed_in(other).post(f"{there.base}vouchers/{there.voucher.code}/evidence/").status_code in (403, 404)
    clerk = StoreStaffFactory(store=there.provider.store, permissions=["orders"]).user
    assert signed_in(clerk).get(kept).status_code == 403
    assert there.dispute.evidence.count() == 2


def test_nothing_is_added_after_the_decision_and_both_read_it(there):
    decided(there)
    response = step(there, "evidence", {"words": "One more thing.", "file": photo()})
    assert response.status_code == 422
    assert "The service center has decided this dispute; nothing can be added any more." in response.content.decode()
    late = step(there, "evidence", {"words": "From a cellar."}, once="once-2", script=True)
    assert (late.status_code, late.json()["code"]) == (409, "dispute_decided")
    assert not DisputeEvidence.objects.exists()
    for client, address in (
        (there.browser, f"{there.base}vouchers/{there.voucher.code}/"),
        (signed_in(there.customer), f"/account/vouchers/{there.voucher.code}/"),
    ):
        page = client.get(address).content.decode()
        assert "Half of it." in page and "The visit counts as used; the provider is paid" in page
        assert "Add something" not in page and "Your side" not in page


def test_each_side_adds_twenty_things_and_no_more(there):
    said = {"union": there.union, "dispute": there.dispute, "side": "provider", "words": "x", "at": timezone.now()}
    DisputeEvidence.objects.bulk_create(DisputeEvidence(**said) for _number in range(MOST_PIECES))
    assert "twenty things" in step(there, "evidence", {"words": "One more."}).content.decode()
    add_evidence(dispute=there.dispute, by=there.by, now=timezone.now(), words="The customer still can.")
    assert there.dispute.evidence.count() == MOST_PIECES + 1


def test_the_provider_is_mailed_when_it_opens_and_both_when_it_is_decided(there, monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.mail_dispute, "delay", lambda *given: queued.append(given))
    for what in ("disputed", "shown", "decided", "redeemed"):
        handlers.mail_dispute(voucher_id=there.voucher.pk, what=what)
    assert queued == [(there.voucher.pk, "disputed"), (there.voucher.pk, "decided")]
    tasks.mail_dispute(there.voucher.pk, "decided")
    assert mail.outbox == []
    tasks.mail_dispute(there.voucher.pk, "disputed")
    [sent] = mail.outbox
    assert sent.to == [there.provider.store.email or there.person.email]
    assert sent.subject == f"A customer does not confirm your work: {there.voucher.about}"
    assert "It leaks." in sent.body and f"{there.base}vouchers/{there.voucher.code}/" in sent.body
    decided(there, granted=0, visit_counts=False)
    tasks.mail_dispute(there.voucher.pk, "disputed")
    assert len(mail.outbox) == 1
    tasks.mail_dispute(there.voucher.pk, "decided")
    told = {tuple(each.to): each.body for each in mail.outbox[1:]}
    assert set(told) == {(there.customer.email,), tuple(sent.to)}
    for body in told.values():
        assert "Half of it." in body and "nobody is paid for it" in body
    assert f"/account/vouchers/{there.voucher.code}/" in told[there.customer.email,]


def test_a_decision_is_made_once(there):
    decided(there)
    with pytest.raises(DisputeDecided):
        decided(there, decision="Nothing.", granted=0)
    assert Dispute.objects.get().granted == 2000
