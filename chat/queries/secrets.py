"""How a sign-in code comes out of what is stored, and how a typed one is found again."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac

from core.references import ALPHABET, LOOKALIKES, check_character

SALT = "chat.access-code"
LENGTH = 8


def plain_of(prefix: str, nonce: str, code_hash: str) -> str:
    """The code itself, such as `KH-7Q2M4X9T-C`, from its row and the server's key; a retired key serves as well.

    An empty text when none of the keys fits.
    """
    for key in _keys():
        plain = derived(prefix, nonce, key=key)
        if _hash(plain, key=key) == code_hash:
            return plain
    return ""


def derived(prefix: str, nonce: str, *, key: str = "") -> str:
    """The code that a nonce stands for under a key."""
    digest = salted_hmac(SALT, nonce, secret=key or settings.SECRET_KEY, algorithm="sha256").digest()
    body = "".join(ALPHABET[byte % 32] for byte in digest[:LENGTH])
    return f"{prefix}-{body}-{check_character(body)}"


def hashed(plain: str) -> str:
    """What is kept of a new code."""
    return _hash(plain, key=settings.SECRET_KEY)


def hashes_of(plain: str) -> list[str]:
    """Under which of our keys a code may be kept."""
    return [_hash(plain, key=key) for key in _keys()]


def normalised(prefix: str, text: str) -> str:
    """What a person typed, with or without the union's prefix and hyphens; empty when the check does not fit."""
    body = "".join(text.upper().translate(LOOKALIKES).split())
    start = prefix.upper().translate(LOOKALIKES)
    if len(body) == LENGTH + 1 + len(start) and body.startswith(start):
        body = body[len(start) :]
    if len(body) != LENGTH + 1 or any(character not in ALPHABET for character in body):
        return ""
    if check_character(body[:-1]) != body[-1]:
        return ""
    return f"{prefix}-{body[:-1]}-{body[-1]}"


def _keys() -> list[str]:
    """The key of now, then retired ones: what is printed on paper outlives a key."""
    return [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _hash(plain: str, *, key: str) -> str:
    return salted_hmac(f"{SALT}.kept", plain, secret=key, algorithm="sha256").hexdigest()
