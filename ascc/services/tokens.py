"""The signed form of a voucher: a compact JWS (RFC 7515) with EdDSA that anyone can verify offline with a JOSE library.

It says what the voucher is, not how it stands: whether it is used up is asked of `/v/<code>/` or of the redemption.
Whoever was shown it can keep a copy, so it proves possession for one handing over alone (docs/adr/0102). No personal
data is in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from django.utils.translation import gettext_lazy as _

from ascc.models import Voucher
from ascc.services.keys import bytes_of, public_key, signing_key, text_of
from core.errors import Invalid

TYPE = "voucher+jwt"
LONGEST = 2_000


class BadToken(Invalid):
    """What was held up is no valid token of ours. `reason`: malformed, unknown_key, tampered, expired, foreign."""

    code = "bad_token"
    detail = _("This is no valid voucher of this union.")


class StaleToken(BadToken):
    """Genuine, but of an earlier handing over: whoever holds it up may have kept a copy. `reason`: stale."""

    detail = _(
        "This QR code was for an earlier handing over. Ask the customer to open the voucher in the wallet and to show "
        "the QR code that is there now."
    )

    def __init__(self) -> None:
        super().__init__(reason="stale")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says."""

    code: str
    issuer: str
    transaction: str
    program: str
    version: int
    handing: int
    issued_at: int
    expires_at: int


def token_of(*, voucher: Voucher, issuer: str, now: datetime) -> str:
    """The token of a voucher; `issuer` is the union's own address. The same voucher, handing and key give the same.

    The version, its program and the order line's order must be loaded or are read.
    """
    kid, key = signing_key(now=now)
    head = {"alg": "EdDSA", "kid": kid, "typ": TYPE}
    body = {
        "iss": issuer,
        "sub": voucher.code,
        "jti": f"{voucher.code}:{voucher.handing}:{int(voucher.expires_at.timestamp())}",
        "iat": int(voucher.issued_at.timestamp()),
        "nbf": int(voucher.issued_at.timestamp()),
        "exp": int(voucher.expires_at.timestamp()),
        "program": voucher.program.ref,
        "version": voucher.version.number,
        "handing": voucher.handing,
        "transaction": f"{voucher.order_line.order.number}/{voucher.order_line_id}/{voucher.piece}",
    }
    signed = f"{_part(head)}.{_part(body)}"
    return f"{signed}.{text_of(data=key.sign(signed.encode()))}"


def read_token(*, token: str, issuer: str, now: datetime) -> Claims:
    """What a token says, once it is proved to be ours, of this union and in its time. Raises BadToken with a reason."""
    if len(token) > LONGEST:
        raise BadToken(reason="malformed")
    signed, _dot, signature = token.rpartition(".")
    try:
        head, body = (json.loads(bytes_of(text=part)) for part in signed.split("."))
        kid, is_ours = str(head["kid"]), head["alg"] == "EdDSA" and head["typ"] == TYPE
        proof = bytes_of(text=signature)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadToken(reason="malformed") from error
    # Our names of keys are plain: anything else is nobody's, and no text for a database.
    public = public_key(kid=kid) if is_ours and kid.isascii() and kid.isprintable() else None
    if public is None:
        raise BadToken(reason="unknown_key")
    try:
        public.verify(proof, signed.encode())
    except InvalidSignature as error:
        raise BadToken(reason="tampered") from error
    if body["iss"] != issuer:
        raise BadToken(reason="foreign")
    if not body["nbf"] <= now.timestamp() < body["exp"]:
        raise BadToken(reason="expired")
    return Claims(
        code=body["sub"],
        issuer=body["iss"],
        transaction=body["transaction"],
        program=body["program"],
        version=body["version"],
        # Tokens that were printed before handings were counted are of the first.
        handing=body.get("handing", 1),
        issued_at=body["iat"],
        expires_at=body["exp"],
    )


def _part(value: dict[str, Any]) -> str:
    return text_of(data=json.dumps(value, separators=(",", ":")).encode())
