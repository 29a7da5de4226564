"""What everybody sees of a voucher, whether its signature is genuine, and the keys."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ascc.models import Voucher
from ascc.queries.vouchers import issuer_of, public_address
from ascc.services.tokens import token_of
from core.references import new_reference
from tests.factories.accounts import UserFactory
from tests.factories.ascc import voucher as a_voucher
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def held():
    owner = UserFactory(name="Ada Trevithick", email="ada@example.com")
    found, now = a_voucher(StoreFactory(name="Corner"), owner=owner), timezone.now()
    Voucher.objects.filter(pk=found.pk).update(issued_at=now, expires_at=now + timedelta(days=365), about="Silver ring")
    return Voucher.objects.get()


def page_of(held, token=""):
    return Client().get(f"/v/{held.code}/", {"t": token} if token else {})


def test_the_page_says_how_it_stands_and_nothing_of_the_owner(held):
    Voucher.objects.filter(pk=held.pk).update(serial="SN-7")
    response = page_of(held)
    page = response.content.decode()
    for words in (held.code, "Repair plan", "Not activated yet", "Corner", "Valid until"):
        assert words in page
    for secret in ("Ada", "ada@example.com", "Silver ring", "SN-7"):
        assert secret not in page
    assert "signature is genuine" not in page
    # The token in the address goes to no other site; a stricter rule would break the page's own forms.
    assert response["Referrer-Policy"] == "same-origin"
    Voucher.objects.filter(pk=held.pk).update(state="closed")
    assert "Used up" in page_of(held).content.decode()
    Voucher.objects.filter(pk=held.pk).update(state="active", expires_at=timezone.now())
    assert "Lapsed" in page_of(held).content.decode()


def test_a_genuine_token_is_called_so_and_any_other_is_not(held):
    now = timezone.now()
    token = token_of(voucher=held, issuer=issuer_of(held.union), now=now)
    assert "The signature is genuine" in page_of(held, token).content.decode()
    other = a_voucher(StoreFactory(union=held.union))
    Voucher.objects.filter(pk=other.pk).update(issued_at=now, expires_at=held.expires_at)
    other.refresh_from_db()
    theirs = token_of(voucher=other, issuer=issuer_of(held.union), now=now)
    changed = f"{token.rpartition('.')[0]}.{theirs.rpartition('.')[2]}"
    wrong = {
        "The link was cut off or changed on its way.": "nothing",
        "something in it was changed": changed,
        "It was signed for another union.": token_of(voucher=held, issuer="https://elsewhere.example/", now=now),
        "The signature belongs to another voucher.": theirs,
    }
    for words, false in wrong.items():
        page = page_of(held, false).content.decode()
        assert words in page and "signature is genuine" not in page and "Not activated yet" not in page, words
    Voucher.objects.filter(pk=held.pk).update(expires_at=now - timedelta(days=1))
    old = token_of(voucher=Voucher.objects.get(pk=held.pk), issuer=issuer_of(held.union), now=now)
    assert "Its time is over." in page_of(held, old).content.decode()


def test_the_address_on_the_code_is_the_public_page(held):
    assert public_address(held).endswith(f"/v/{held.code}/")
    assert public_address(held, "a.b.c").endswith(f"/v/{held.code}/?t=a.b.c")


def test_an_unknown_code_does_not_exist_and_guessing_is_stopped(held):
    client = Client(REMOTE_ADDR="192.0.2.44")
    slip = client.get(f"/v/{held.code[:-1]}{'0' if held.code[-1] != '0' else '1'}/")
    assert slip.status_code == 404
    assert "There is a slip in this code" in slip.content.decode()
    unknown = client.get(f"/v/{new_reference(held.union.prefix, 10)}/")
    assert unknown.status_code == 404
    assert "There is no voucher with this code here." in unknown.content.decode()
    assert client.get(f"/v/{held.code.replace('-', '')}/").status_code == 200
    for _guess in range(60):
        response = client.get("/v/KH-0000000000-1/")
    assert response.status_code == 429
    # Who guessed does not learn by a right one either; others are not disturbed.
    assert client.get(f"/v/{held.code}/").status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.45").get(f"/v/{held.code}/").status_code == 200


def test_a_code_is_looked_up_as_typed(held):
    assert "Check a service voucher" in Client().get("/v/").content.decode()
    response = Client().get("/v/", {"code": held.code.lower()})
    assert response["Location"] == f"/v/{held.code.lower()}/"
    assert Client().get(response["Location"]).status_code == 200


def test_the_keys_are_where_everybody_looks_for_them(held):
    token_of(voucher=held, issuer="x", now=timezone.now())
    response = Client().get("/.well-known/jwks.json")
    assert response["Content-Type"] == "application/jwk-set+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "max-age=3600" in response["Cache-Control"]
    [key] = response.json()["keys"]
    assert set(key) == {"kty", "crv", "use", "alg", "kid", "x"}
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
