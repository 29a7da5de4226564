"""Voice and video calls: who rings, who answers, how it ended. The media itself goes from browser to browser.

Nothing of what browsers tell each other to find each other (`offer`, `answer`, `candidate`) is kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.models import Call, Conversation, Manager, Participant, TalkSettings
from chat.services.limits import count_against_limit
from chat.services.messages import notice
from core.errors import DomainError, NotAllowed, NotFound, WrongState, constraint_of
from core.live import announce
from core.references import new_secret

RINGS_FOR = timedelta(seconds=45)
HEARD_WITHIN = timedelta(seconds=45)
"""Each side says every 15 seconds that it is still in the call."""
RINGS = (8, 600)
SIGNALS = (600, 60)
OPEN = [Call.State.RINGING, Call.State.ACTIVE]


class LineBusy(DomainError):
    """They are in another call, or this conversation already has one."""

    code = "busy"
    detail = _("The line is busy. Write, or try again in a while.")


class NoCalls(NotAllowed):
    """The store takes no calls of this kind, or whoever answers there cannot."""

    code = "no_calls"
    detail = _("Calls are not possible here. You can go on writing.")


def voice_topic(*, participant_id: int) -> str:
    """Where the devices of one voice in a conversation listen."""
    return f"voice.{participant_id}"


def calls_possible(*, conversation: Conversation) -> tuple[bool, bool]:
    """(voice, video) by the wish of the store and what the manager's console can do."""
    wish = TalkSettings.objects.filter(union=conversation.union_id, store=conversation.store_id).first()
    wish = wish or TalkSettings()
    manager = Manager.objects.filter(
        Q(store=conversation.store_id) | Q(store=None), union=conversation.union_id, user=conversation.manager_id
    ).order_by("store_id")
    able = manager.first()
    if able is None or able.is_program:
        return False, False
    return wish.voice and able.can_voice, wish.voice and wish.video and able.can_video


def ring(*, conversation: Conversation, caller: Participant, device: str, video: bool, now: datetime) -> Call:
    """Call the other side of an active conversation on all its devices.

    Raises WrongState, NoCalls, LineBusy, TooMany.
    """
    count_against_limit(what="rings", limit=RINGS, visitor=str(caller.pk), address=None)
    with transaction.atomic():
        called = other_side(conversation=conversation, of=caller)
        voice, picture = calls_possible(conversation=conversation)
        if not voice or (video and not picture):
            raise NoCalls
        manager = called if called.role != Participant.Role.SHOPPER else caller
        busy = Call.objects.filter(Q(caller__user=manager.user_id) | Q(called__user=manager.user_id), state__in=OPEN)
        if busy.exclude(conversation=conversation).exists():
            raise LineBusy
        try:
            with transaction.atomic():
                call = Call.objects.create(
                    union_id=conversation.union_id,
                    conversation=conversation,
                    ref=new_secret(16)[:22],
                    caller=caller,
                    called=called,
                    caller_device=device,
                    video=video,
                    rang_at=now,
                    caller_at=now,
                    called_at=now,
                )
        except IntegrityError as error:
            if constraint_of(error) != "call_one_at_a_time":
                raise
            raise LineBusy from None
        _tell(call, called, act="ring", video=video, name=caller.name)
        # The caller's own other devices show that a call is going on.
        _tell(call, caller, act="ringing", device=device)
    return call


def other_side(*, conversation: Conversation, of: Participant) -> Participant:
    """The shopper for the manager who has the conversation, and the manager for the shopper. Raises WrongState."""
    if conversation.state != Conversation.State.ACTIVE:
        raise WrongState(state=conversation.state)
    voices = Participant.objects.filter(union=conversation.union_id, conversation=conversation)
    if of.role == Participant.Role.SHOPPER:
        other = voices.exclude(role=Participant.Role.SHOPPER).filter(user=conversation.manager_id, left_at=None).first()
    else:
        if of.user_id != conversation.manager_id:
            raise NotAllowed
        other = voices.filter(role=Participant.Role.SHOPPER).first()
    if other is None:
        raise WrongState(state=conversation.state)
    return other


@transaction.atomic
def answer_call(*, call: Call, by: Participant, device: str, now: datetime) -> Call:
    """Take a ringing call on this device; the others stop ringing. Exactly one gets it. Raises WrongState."""
    taken = Call.objects.filter(union=call.union_id, pk=call.pk, called=by, state=Call.State.RINGING).update(
        state=Call.State.ACTIVE, called_device=device, answered_at=now, caller_at=now, called_at=now
    )
    call.refresh_from_db()
    if not taken:
        raise WrongState(state=call.state)
    _tell(call, call.caller, act="accept", device=device)
    _tell(call, call.called, act="taken", device=device)
    return call


@transaction.atomic
def decline_call(*, call: Call, by: Participant, why: str, now: datetime) -> None:
    """The called side does not want to, or cannot; it is written into the conversation. Later it changes nothing."""
    declined = Call.objects.filter(union=call.union_id, pk=call.pk, called=by, state=Call.State.RINGING).update(
        state=Call.State.DECLINED, ended_at=now
    )
    if declined:
        _over(call, why=why, what="call_declined", text="The call was not taken.", now=now)


@transaction.atomic
def hang_up(*, call: Call, why: str = "hangup", now: datetime) -> None:
    """End a call: one that still rings is missed, one that was going on has lasted so long. Ending twice is once."""
    row = Call.objects.select_for_update().get(pk=call.pk)
    if row.state not in OPEN:
        return
    missed = row.state == Call.State.RINGING
    Call.objects.filter(union=call.union_id, pk=call.pk).update(
        state=Call.State.MISSED if missed else Call.State.ENDED, ended_at=now
    )
    if missed:
        _over(row, why=why, what="call_missed", text="Missed call.", now=now)
    else:
        seconds = int((now - (row.answered_at or now)).total_seconds())
        _over(row, why=why, what="call_ended", text="The call has ended.", seconds=seconds, now=now)


@transaction.atomic
def end_calls(*, conversation: Conversation, now: datetime) -> None:
    """Whoever talks in a conversation that ends or changes hands hangs up."""
    for call in Call.objects.filter(union=conversation.union_id, conversation=conversation, ended_at=None):
        hang_up(call=call, why="ended", now=now)


def signal(*, call: Call, by: Participant, device: str, act: str, body: dict[str, Any]) -> None:
    """Hand what one browser tells the other to the other, and keep nothing of it.

    Only between the two devices of a call that was answered. Raises WrongState, TooMany.
    """
    if call.state != Call.State.ACTIVE:
        raise WrongState(state=call.state)
    is_caller = by.pk == call.caller_id
    if device != (call.caller_device if is_caller else call.called_device):
        raise NotFound
    count_against_limit(what="signals", limit=SIGNALS, visitor=f"{call.ref}:{int(is_caller)}", address=None)
    _tell(call, call.called if is_caller else call.caller, act=act, **body)


def still_there(*, call: Call, by: Participant, now: datetime) -> None:
    """This side is still in the call. Raises WrongState once it is over."""
    heard = {"caller_at": now} if by.pk == call.caller_id else {"called_at": now}
    if not Call.objects.filter(union=call.union_id, pk=call.pk, state__in=OPEN).update(**heard):
        raise WrongState(state=call.state)


def call_of(*, conversation: Conversation, ref: str, by: Participant) -> Call:
    """A call of this conversation in which this voice is one of the two. Raises NotFound."""
    call = (
        Call.objects.filter(
            Q(caller=by) | Q(called=by), union=conversation.union_id, conversation=conversation, ref=ref
        )
        .select_related("caller", "called", "conversation")
        .first()
    )
    if call is None:
        raise NotFound
    return call


def line_lost(*, device: str, participants: list[int]) -> None:
    """The connection of a device in a call is gone: the other side is told, and sees whether it comes back."""
    calls = Call.objects.filter(
        Q(caller__in=participants, caller_device=device) | Q(called__in=participants, called_device=device),
        state=Call.State.ACTIVE,
    ).select_related("caller", "called", "conversation")
    for call in calls:
        _tell(call, call.called if call.caller_id in participants else call.caller, act="lost")


def end_lost_calls(*, now: datetime) -> int:
    """Calls that nobody takes, and those that one side has left without a word. Returns how many."""
    gone = Q(caller_at__lt=now - HEARD_WITHIN) | Q(called_at__lt=now - HEARD_WITHIN)
    late = Q(state=Call.State.RINGING, rang_at__lt=now - RINGS_FOR) | Q(gone, state=Call.State.ACTIVE)
    calls = list(Call.objects.filter(late)[:200])
    for call in calls:
        hang_up(call=call, why="lost", now=now)
    return len(calls)


def ice_servers(*, whose: str, now: datetime) -> list[dict[str, Any]]:
    """STUN and TURN servers for a browser; the name and word for TURN hold for some hours only.

    The word is made as coturn's `use-auth-secret` expects it (draft-uberti-behave-turn-rest).
    """
    servers: list[dict[str, Any]] = []
    if settings.STUN_URLS:
        servers.append({"urls": settings.STUN_URLS})
    if settings.TURN_URLS and settings.TURN_SECRET:
        name = f"{int(now.timestamp()) + settings.TURN_SECONDS}:{whose}"
        word = hmac.new(settings.TURN_SECRET.encode(), name.encode(), hashlib.sha1).digest()
        servers.append({"urls": settings.TURN_URLS, "username": name, "credential": base64.b64encode(word).decode()})
    return servers


def _over(call: Call, *, why: str, what: str, text: str, now: datetime, seconds: int = 0) -> None:
    for side in (call.caller, call.called):
        _tell(call, side, act="hangup", why=why)
    if call.conversation.state != Conversation.State.ENDED:
        card = {"what": what, "video": call.video, "seconds": seconds, "by": call.caller.role, "name": call.caller.name}
        notice(conversation=call.conversation, text=text, card=card, now=now)


def _tell(call: Call, side: Participant, *, act: str, **body: Any) -> None:
    frame = {"type": "call", "conversation": call.conversation.ref, "call": call.ref, "act": act, **body}
    topic = voice_topic(participant_id=side.pk)
    transaction.on_commit(lambda: announce({topic: frame}), robust=True)
