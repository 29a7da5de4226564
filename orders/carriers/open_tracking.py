"""The example adapter: a small JSON protocol that a carrier, or a bridge to one, can speak (docs/operations.md).

`GET <address>/parcels/<number>/events` with `Authorization: Bearer <key>` answers
`{"events": [{"id", "state", "at" (RFC 3339), "place", "words"}]}`, 404 for a parcel that it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson
import requests
from django.conf import settings
from django.utils.dateparse import parse_datetime

from core.addresses import is_service_at
from orders.carriers import NoAnswer, Told, Unknown

PATIENCE = (3.05, 10.0)
"""Seconds to connect, and between two bytes of the answer."""
LARGEST = 256 * 1024
MOST_EVENTS = 500


class OpenTracking:
    """Asks for one parcel at a time. Only hosts that the settings name are called, and no redirect is followed."""

    def ask(self, *, address: str, token: str, number: str) -> Sequence[Told]:
        """See orders.carriers.Adapter."""
        if not is_service_at(address=address, services=settings.TRACKING_SERVICES):
            raise NoAnswer("this host is not among TRACKING_SERVICES")
        url = f"{address.rstrip('/')}/parcels/{quote(number, safe='')}/events"
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            with requests.get(url, headers=headers, timeout=PATIENCE, allow_redirects=False, stream=True) as answer:
                if answer.status_code == 404:
                    raise Unknown
                if answer.status_code != 200:
                    raise NoAnswer(f"it answered {answer.status_code}")
                body = answer.raw.read(LARGEST + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise NoAnswer(type(error).__name__) from error
        if len(body) > LARGEST:
            raise NoAnswer("its answer is too long")
        return _events(body)


def _events(body: bytes) -> list[Told]:
    try:
        told = orjson.loads(body)["events"][:MOST_EVENTS]
        return [
            Told(_text(one["id"]), _text(one["state"]), _moment(one["at"]), _said(one, "place"), _said(one, "words"))
            for one in told
        ]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise NoAnswer("its answer cannot be read") from error


def _said(one: dict[str, Any], name: str) -> str:
    return _text(one.get(name) or "", may_be_empty=True)


def _text(value: Any, *, may_be_empty: bool = False) -> str:
    if not isinstance(value, str | int) or "\x00" in str(value) or not (may_be_empty or str(value)):
        raise ValueError("no text")
    return str(value)


def _moment(value: Any) -> datetime:
    moment = parse_datetime(_text(value))
    if moment is None or moment.tzinfo is None:
        raise ValueError("no time with its zone")
    return moment
