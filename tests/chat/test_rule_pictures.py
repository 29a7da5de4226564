"""A rule's own picture: taken in, drawn anew, shown in the invitation, and gone with the rule."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from chat.models import Rule
from chat.queries.shoppers import Shopper
from chat.services.invitations import invite, invite_frame
from chat.services.rules import remove_rule
from tests.chat.test_rule_pages import filled, url
from tests.factories.stores import StoreFactory
from tests.factories.unions import owner_of
from tests.manage.people import signed_in
from unions.visits import Visit

pytestmark = pytest.mark.django_db


def upload(size=(1600, 900), kind="JPEG", **options):
    buffer = io.BytesIO()
    Image.new("RGB", size, (180, 90, 30)).save(buffer, kind, **options)
    return SimpleUploadedFile("jar.jpg", buffer.getvalue(), content_type="image/jpeg")


@pytest.fixture
def store():
    return StoreFactory(union__currency="GBP")


@pytest.fixture
def owner(store):
    return signed_in(owner_of(store.membership))


def made(store, owner, **changed):
    answer = owner.post(url(store, "new/"), filled(file=upload(), **changed))
    assert answer.status_code == 302
    return Rule.objects.get()


def test_an_upload_is_drawn_anew_and_shown_in_the_invitation(store, owner, django_capture_on_commit_callbacks):
    exif = Image.Exif()
    exif[0x010E] = "our kitchen at home"
    answer = owner.post(url(store, "new/"), filled(file=upload(exif=exif)))
    rule = Rule.objects.get()
    assert (answer.status_code, rule.picture) == (302, "own")
    with default_storage.open(rule.own_picture) as stored:
        content = stored.read()
    with Image.open(io.BytesIO(content)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (960, 540))
    assert b"our kitchen" not in content
    invitation = invite(
        shopper=Shopper(union=store.union, visitor=""),
        is_recognised=False,
        since=0.0,
        topics=[],
        rule_id=rule.pk,
        visit=Visit(),
        now=timezone.now(),
    )
    assert invite_frame(invitation=invitation, item="", language="en")["picture"] == f"/media/{rule.own_picture}"
    assert f"/media/{rule.own_picture}" in owner.get(url(store, f"{rule.ref}/")).content.decode()


def test_another_upload_replaces_it_and_saving_without_one_keeps_it(store, owner, django_capture_on_commit_callbacks):
    rule = made(store, owner)
    first = rule.own_picture
    owner.post(url(store, f"{rule.ref}/"), filled(picture="own"))
    rule.refresh_from_db()
    assert rule.own_picture == first
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(url(store, f"{rule.ref}/"), filled(picture="own", file=upload((200, 200))))
    rule.refresh_from_db()
    assert rule.own_picture != first
    assert (default_storage.exists(first), default_storage.exists(rule.own_picture)) == (False, True)
    with django_capture_on_commit_callbacks(execute=True):
        remove_rule(rule=rule)
    assert not default_storage.exists(rule.own_picture)


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", b"GIF89a", b""])
def test_what_is_no_picture_is_refused_and_no_rule_is_made(store, owner, content):
    answer = owner.post(url(store, "new/"), filled(file=SimpleUploadedFile("x.jpg", content)))
    assert (answer.status_code, Rule.objects.count()) == (200, 0)
    assert 'id="id_file"' in answer.content.decode()


def test_its_own_picture_without_a_file_is_refused(store, owner):
    answer = owner.post(url(store, "new/"), filled(picture="own"))
    assert (answer.status_code, Rule.objects.count()) == (200, 0)
    assert "Choose the file of the picture as well." in answer.content.decode()
