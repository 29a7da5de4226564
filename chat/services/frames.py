"""The frames of a conversation as they leave the server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson


def topic_of(*, conversation_id: int) -> str:
    """Where everybody listens who follows this conversation."""
    return f"talk.{conversation_id}"


def message_text(
    *,
    ref: str,
    seq: int,
    client_id: str,
    by: int,
    role: str,
    name: str,
    kind: str,
    text: str,
    card: Any,
    at: datetime,
) -> str:
    """The `message` frame. `by` is the participant; a card names what is shown, it is drawn by who reads it."""
    return orjson.dumps(
        {
            "type": "message",
            "conversation": ref,
            "seq": seq,
            "id": client_id,
            "by": by,
            "role": role,
            "name": name,
            "kind": kind,
            "text": text,
            "card": card,
            "at": at,
        },
        option=orjson.OPT_UTC_Z,
    ).decode()


def stored_text(*, ref: str, row: Sequence[Any]) -> str:
    """The same frame from a row of MESSAGES_AFTER."""
    _conversation, seq, client_id, kind, text, card, at, by, role, name = row
    return message_text(
        ref=ref, seq=seq, client_id=client_id, by=by, role=role, name=name, kind=kind, text=text, card=card, at=at
    )


def ack_text(*, client_id: str, seq: int) -> str:
    """It is in the database under this number."""
    return orjson.dumps({"type": "ack", "id": client_id, "seq": seq}).decode()


def error_text(*, client_id: str, code: str, detail: str) -> str:
    """It was refused; nothing was stored."""
    return orjson.dumps({"type": "error", "id": client_id, "code": code, "detail": detail}).decode()
