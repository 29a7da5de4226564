"""Pictures and papers of conversations, wishes and service vouchers: in their person's copy, and gone with them."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from ascc.models import ServiceVisit, Voucher, WorkPicture
from chat.models import Attachment
from chat.services.attachments import add_attachment
from core import personal
from matching.models import MatchRequest
from tests.factories.accounts import UserFactory
from tests.factories.ascc import provider, voucher
from tests.factories.chat import ConversationFactory
from tests.factories.matching import shopper, thrown
from tests.factories.orders import NOW, market
from tests.orders.responding import picture
from tests.unions.test_personal import archive_of, made, person, settle
from unions.models import PersonalFile
from unions.services import personal_files
from unions.services.erasing import erase_person
from unions.services.personal_files import ask_for_file, make_personal_file

pytestmark = pytest.mark.django_db


def kept() -> Storage:
    return storages["talk"]


def pictures_in(archive) -> list[str]:
    return sorted(name for name in archive.namelist() if not name.endswith((".csv", ".json")))


def test_what_was_sent_in_a_conversation_is_in_the_file_and_the_shoppers_part_goes():
    there, user = market(), person()
    talk = ConversationFactory(store=there.first, customer=user)
    sent, _seq = add_attachment(
        conversation=talk, voice=talk.participants.get(role="shopper"), file=picture(), now=datetime.now(UTC)
    )
    other = ConversationFactory(store=there.first, customer=UserFactory())
    add_attachment(conversation=other, voice=other.participants.get(), file=picture(), now=datetime.now(UTC))
    archive = archive_of(made(user))
    [name] = pictures_in(archive)
    assert name.startswith(f"conversations/{talk.ref}/{sent.ref}.")
    with kept().open(sent.path) as stored:
        assert archive.read(name) == stored.read()
    [row] = json.loads(archive.read("conversations/attachments.json"))
    assert (row["ref"], row["participant__role"]) == (sent.ref, "shopper")
    assert erase_person(user=user, now=datetime.now(UTC)) is True
    settle()
    # Gone with their rows, and not after them: whoever is killed in between leaves no file behind.
    assert Attachment.objects.get().conversation == other
    assert not kept().exists(sent.path)


def test_what_a_wish_showed_is_in_the_file():
    there, user = market(), person()
    wish = thrown(there.union, by=shopper(there.union, user=user))
    path = f"wishes/{there.union.pk}/{wish.ref}/lamp.webp"
    kept().save(path, ContentFile(b"a lamp"))
    MatchRequest.objects.update(pictures=["lamp"])
    archive = archive_of(made(user))
    assert pictures_in(archive) == [f"wishes/{wish.ref}/lamp.webp"]
    assert archive.read(f"wishes/{wish.ref}/lamp.webp") == b"a lamp"
    [row] = json.loads(archive.read("wishes/wishes.json"))
    assert row["pictures"] == ["lamp"]
    assert erase_person(user=user, now=datetime.now(UTC)) is True
    settle()
    assert (MatchRequest.objects.get().pictures, kept().exists(path)) == ([], False)


def test_photo_and_signature_of_a_voucher_are_in_the_file_and_go_while_the_service_stays():
    there, user = market(), person()
    own, others = voucher(there.first, owner=user), voucher(there.first, owner=UserFactory())
    for each in (own, others):
        for name in ("photo", "signature", "work"):
            kept().save(f"care/{each.pk}/{name}.webp", ContentFile(f"{name} of {each.pk}".encode()))
        Voucher.objects.filter(pk=each.pk).update(photo=f"care/{each.pk}/photo.webp")
        visit = ServiceVisit.objects.create(
            union=there.union, voucher=each, provider=provider(there.union), ref=f"V-{each.pk}", state="confirmed",
            fee=500, agreed_at=NOW, confirmation="signature", signature=f"care/{each.pk}/signature.webp",
        )  # fmt: skip
        WorkPicture.objects.create(
            union=there.union, visit=visit, ref=f"W-{each.pk}", path=f"care/{each.pk}/work.webp", at=NOW
        )
    archive = archive_of(made(user))
    assert pictures_in(archive) == [
        f"service/signatures/V-{own.pk}.webp",
        f"service/visits/W-{own.pk}.webp",
        f"service/vouchers/{own.code}.webp",
    ]
    assert archive.read(f"service/signatures/V-{own.pk}.webp") == f"signature of {own.pk}".encode()
    assert [row["ref"] for row in json.loads(archive.read("service/visits.json"))] == [f"V-{own.pk}"]
    from orders.models import Order

    Order.objects.update(state="completed")
    assert erase_person(user=user, now=datetime.now(UTC)) is True
    settle()
    settle()
    assert [kept().exists(f"care/{own.pk}/{name}.webp") for name in ("photo", "signature")] == [False, False]
    assert [kept().exists(f"care/{others.pk}/{name}.webp") for name in ("photo", "signature")] == [True, True]
    visit = ServiceVisit.objects.get(voucher=own)
    assert (visit.signature, visit.confirmation, visit.fee, visit.state) == ("", "signature", 500, "confirmed")
    assert Voucher.objects.get(pk=own.pk).photo == ""


def test_many_pictures_give_a_sign_of_life_and_end_with_their_person(monkeypatch):
    user = person()
    monkeypatch.setattr(personal_files, "BEAT", 2)
    read = []

    def pictures(_user):
        for number in range(5):
            yield f"{number}.webp", lambda number=number: picture_read(number)

    def picture_read(number: int) -> bytes:
        read.append(number)
        if number == 1:
            erase_person(user=user, now=datetime.now(UTC))
            settle()
        return b"one"

    monkeypatch.setitem(personal.file_keepers, "account", pictures)
    asked = ask_for_file(user=user, now=datetime.now(UTC))
    assert make_personal_file(file_id=asked.pk, now=datetime.now(UTC)) is False
    assert (read, PersonalFile.objects.count()) == ([0, 1], 0)
