"""Web Push: calling a manager whose page is closed. Keys and addresses of push services come from the settings."""

from __future__ import annotations

import base64
import logging
import re
from datetime import datetime
from typing import Any

import orjson
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from pywebpush import WebPushException, webpush

from accounts.models import User
from chat.errors import PushIsOff
from chat.models import PushSubscription
from core.addresses import is_service_at
from core.errors import Invalid

logger = logging.getLogger(__name__)
MOST_PER_PERSON = 20
ENDPOINT = "push_endpoint"
"""Under which a sign-in remembers what its browser has subscribed."""
GONE = (404, 410)
BASE64 = re.compile(r"([\w-]{4})*([\w-]{2,3})?", re.ASCII)
PATIENCE = 10.0
LIVES = 120
"""Seconds for which a push service keeps a call for a device that is off: later nobody waits any more."""


@transaction.atomic
def subscribe(*, user: User, endpoint: str, p256dh: str, auth: str, now: datetime) -> PushSubscription:
    """Remember this browser as one that calls this person. Raises PushIsOff, Invalid.

    The endpoint is an address that our server will call, so it must be a push service's that the settings name.
    """
    if not settings.PUSH_PRIVATE_KEY:
        raise PushIsOff
    if len(endpoint) > 500 or not is_push_service(endpoint=endpoint):
        raise Invalid(field="endpoint")
    if not _is_key(p256dh) or len(_read(auth)) != 16:
        raise Invalid(field="keys")
    subscription, _made = PushSubscription.objects.update_or_create(
        endpoint=endpoint,
        defaults={"user": user, "p256dh": p256dh, "auth": auth, "created_at": now, "failed_at": None},
    )
    oldest = PushSubscription.objects.filter(user=user).order_by("-created_at", "-pk")[MOST_PER_PERSON:]
    PushSubscription.objects.filter(pk__in=[each.pk for each in oldest]).delete()
    return subscription


@transaction.atomic
def unsubscribe(*, user: User, endpoint: str) -> None:
    """Forget it; what was not there is no error."""
    PushSubscription.objects.filter(user=user, endpoint=endpoint).delete()


def is_push_service(*, endpoint: str) -> bool:
    """Whether the address is at one of PUSH_SERVICES: a host that ends so over https, or exactly this origin."""
    return is_service_at(address=endpoint, services=settings.PUSH_SERVICES)


class _Straight(requests.Session):
    """Goes to the address it is given and to no other: a push service that points elsewhere has refused."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def send_push(*, subscription: PushSubscription, payload: dict[str, Any], now: datetime) -> bool:
    """Hand a call to the push service, encrypted for the browser. One that is gone (404, 410) ends the subscription.

    Returns whether it was taken. Raises OSError when the service cannot be reached or is busy: try again.
    """
    if not is_push_service(endpoint=subscription.endpoint):
        # The settings name other services now.
        PushSubscription.objects.filter(pk=subscription.pk).delete()
        return False
    session = _Straight()
    try:
        webpush(
            {
                "endpoint": subscription.endpoint,
                "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
            },
            data=orjson.dumps(payload).decode(),
            vapid_private_key=settings.PUSH_PRIVATE_KEY,
            vapid_claims={"sub": settings.PUSH_CONTACT},
            ttl=LIVES,
            timeout=PATIENCE,
            headers={"Urgency": "high"},
            requests_session=session,
        )
    except WebPushException as error:
        status = error.response.status_code if error.response is not None else 0
        if status in GONE:
            PushSubscription.objects.filter(pk=subscription.pk).delete()
            return False
        if status == 429 or status >= 500:
            raise ConnectionError(f"the push service answered {status}") from error
        # Refused for good: kept for a look, not called again until the browser subscribes anew.
        logger.warning("A push service refused a call with %s.", status)
        PushSubscription.objects.filter(pk=subscription.pk).update(failed_at=now)
        return False
    except requests.RequestException as error:
        raise ConnectionError("the push service cannot be reached") from error
    finally:
        session.close()
    return True


def _is_key(text: str) -> bool:
    """Whether something can be encrypted for it: with one that is none, a call would end before all that follow."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _read(text))
    except ValueError:
        return False
    return len(_read(text)) == 65


def _read(text: str) -> bytes:
    """What a browser wrote as base64 for addresses; empty for anything else."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if BASE64.fullmatch(text) else b""
