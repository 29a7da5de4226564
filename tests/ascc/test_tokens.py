"""A voucher's signed form: anyone verifies it with an ordinary library; what is not ours is refused with its reason."""

import base64
import json
from datetime import timedelta

import jwt
import pytest

from ascc.models import SigningKey
from ascc.services.keys import KeyUnreadable, public_keys, renew_key, signing_key
from ascc.services.tokens import BadToken, read_token, token_of
from core.memory import forget
from tests.factories.accounts import UserFactory
from tests.factories.ascc import voucher
from tests.factories.orders import NOW
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db
HERE = "https://cornwall.example"


@pytest.fixture
def held():
    return voucher(StoreFactory(), owner=UserFactory(email="ada@example.com"))


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_third_party_library_verifies_a_token_with_the_published_keys(held):
    token = token_of(voucher=held, issuer=HERE, now=NOW)
    head = jwt.get_unverified_header(token)
    key = jwt.PyJWKSet.from_dict(public_keys())[head["kid"]]
    body = jwt.decode(
        token,
        key,
        algorithms=["EdDSA"],
        issuer=HERE,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert head["alg"] == "EdDSA"
    assert body == {
        "iss": HERE,
        "sub": held.code,
        "jti": f"{held.code}:1:{int(held.expires_at.timestamp())}",
        "iat": int(NOW.timestamp()),
        "nbf": int(NOW.timestamp()),
        "exp": int(held.expires_at.timestamp()),
        "program": held.program.ref,
        "version": 1,
        "handing": 1,
        "transaction": f"{held.order_line.order.number}/{held.order_line_id}/1",
    }
    assert "ada" not in base64.urlsafe_b64decode(token.split(".")[1] + "==").decode().lower()


def test_a_token_reads_back_what_was_signed(held):
    token = token_of(voucher=held, issuer=HERE, now=NOW)
    claims = read_token(token=token, issuer=HERE, now=NOW + timedelta(days=3))
    assert (claims.code, claims.program, claims.version) == (held.code, held.program.ref, 1)
    assert token_of(voucher=held, issuer=HERE, now=NOW) == token


def test_tampered_expired_foreign_and_unknown_tokens_are_refused_with_their_reason(held):
    token = token_of(voucher=held, issuer=HERE, now=NOW)
    head, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))

    def refused(text, *, issuer=HERE, now=NOW):
        with pytest.raises(BadToken) as refusal:
            read_token(token=text, issuer=issuer, now=now)
        return refusal.value.facts["reason"]

    assert refused(f"{head}.{part({**said, 'sub': 'CW-0000000000-0'})}.{signature}") == "tampered"
    assert refused(f"{head}.{body}.{'A' * len(signature)}") == "tampered"
    assert refused(f"{head}.{body}.") == "tampered"
    assert refused(token, now=held.expires_at) == "expired"
    assert refused(token, now=NOW - timedelta(seconds=1)) == "expired"
    assert refused(token, issuer="https://busan.example") == "foreign"
    assert refused(f"{part({'alg': 'none', 'typ': 'voucher+jwt', 'kid': 'x'})}.{body}.") == "unknown_key"
    assert refused(f"{part({'alg': 'EdDSA', 'typ': 'voucher+jwt', 'kid': 'x'})}.{body}.{signature}") == "unknown_key"
    for nothing in ("", ".", "..", "a.b.c", "é.é.é", token + "x" * 2000, f"{part([])}.{body}.{signature}", held.code):
        assert refused(nothing) == "malformed"


def test_a_renewed_key_signs_and_the_old_one_still_verifies(held):
    old = token_of(voucher=held, issuer=HERE, now=NOW)
    first = signing_key(now=NOW)[0]
    assert renew_key(now=NOW + timedelta(days=89)).kid == first
    second = renew_key(now=NOW + timedelta(days=91)).kid
    assert second != first
    fresh = token_of(voucher=held, issuer=HERE, now=NOW)
    assert jwt.get_unverified_header(fresh)["kid"] == second
    assert {key["kid"] for key in public_keys()["keys"]} == {first, second}
    for token in (old, fresh):
        assert read_token(token=token, issuer=HERE, now=NOW).code == held.code


def test_a_key_sealed_with_another_secret_does_not_sign(settings):
    renew_key(now=NOW)
    forget()
    settings.SECRET_KEY = "another secret"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(KeyUnreadable):
        signing_key(now=NOW)
    assert SigningKey.objects.count() == 1
