"""Keys that sign vouchers: made when first needed, renewed now and then, published while tokens may be held up."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings
from django.db import connection, transaction

from ascc.models import SigningKey
from core.errors import DomainError
from core.memory import remembered
from core.references import new_secret

SIGNS_FOR = timedelta(days=90)
"""After which a new key takes over."""
REMEMBERED = 60.0
"""Seconds for which a process keeps the key that signs."""


class KeyUnreadable(DomainError):
    """The signing key was sealed with another secret than the deployment has now."""

    code = "signing_key_unreadable"
    status = 500


def signing_key(*, now: datetime) -> tuple[str, Ed25519PrivateKey]:
    """The name of the key that signs now, and the key; the very first is made here. Raises KeyUnreadable."""
    key = SigningKey.objects.filter(retired_at=None).first() or renew_key(now=now)
    return remembered(("signing key", key.kid), REMEMBERED, lambda: (key.kid, _opened(key)))


@transaction.atomic
def renew_key(*, now: datetime, at_once: bool = False) -> SigningKey:
    """Make a key if there is none or the one that signs is old (or `at_once`); returns the one that signs.

    The key before it signs no longer and stays published. Of two at once the second finds the first one's key.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('ascc.signing_key', 0))")
    current = SigningKey.objects.filter(retired_at=None).first()
    if current is not None and not at_once and current.made_at > now - SIGNS_FOR:
        return current
    private = Ed25519PrivateKey.generate()
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    SigningKey.objects.filter(retired_at=None).update(retired_at=now)
    return SigningKey.objects.create(
        kid=new_secret(9), public=text_of(data=public), sealed=_seal().encrypt(raw).decode(), made_at=now
    )


def public_key(*, kid: str) -> Ed25519PublicKey | None:
    """The key of this name, for whoever checks signatures: there are few, and each process remembers them.

    One that is not remembered may have been made just now: it is looked for, and only what is there is kept.
    """
    keys = remembered("public keys", REMEMBERED, lambda: _public(SigningKey.objects.all()))
    return keys.get(kid) or _public(SigningKey.objects.filter(kid=kid)).get(kid)


def _public(keys: Iterable[SigningKey]) -> dict[str, Ed25519PublicKey]:
    return {key.kid: Ed25519PublicKey.from_public_bytes(bytes_of(text=key.public)) for key in keys}


def public_keys() -> dict[str, list[dict[str, str]]]:
    """The JSON Web Key Set (RFC 7517, RFC 8037) that verifies every voucher."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": key.public}
            for key in SigningKey.objects.all()
        ]
    }


def text_of(*, data: bytes) -> str:
    """Unpadded base64url, as JOSE writes bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(*, text: str) -> bytes:
    """Its inverse. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _opened(key: SigningKey) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(_seal().decrypt(key.sealed.encode()))
    except InvalidToken as error:
        raise KeyUnreadable from error


def _seal() -> MultiFernet:
    """Whoever reads the database alone cannot sign: the deployment's secret is needed too."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"ascc signing key" + str(secret).encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
