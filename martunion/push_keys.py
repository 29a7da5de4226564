"""The key pair with which our calls to push services are signed (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def push_keys(private: str, folder: Path | None) -> tuple[str, str]:
    """(private, public) as unpadded base64url. Without a private key one is made once and kept in the folder.

    Without a folder (production) there is no stand-in, since every subscription hangs on the key: push is off.
    """
    path = folder / "push-key" if folder is not None else None
    if not private and path is not None and path.exists():
        private = path.read_text().strip()
    if not private and path is None:
        return "", ""
    # Here, since nothing else needs it at every start.
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if not private and path is not None:
        made = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_name(f"push-key.{os.getpid()}")
        own.write_text(_text(made.to_bytes(32)))
        own.chmod(0o600)
        try:
            # Of several processes that start at once the first one's key is everybody's.
            os.link(own, path)
        except FileExistsError:
            pass
        finally:
            own.unlink()
        private = path.read_text().strip()
    try:
        number = int.from_bytes(base64.urlsafe_b64decode(private + "=" * (-len(private) % 4)))
        key = ec.derive_private_key(number, ec.SECP256R1())
    except ValueError as error:
        raise ImproperlyConfigured("PUSH_PRIVATE_KEY is no P-256 key: 32 bytes as base64url are wanted.") from error
    return private, _text(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
