"""Refusals that several services of this app share."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid, NotAllowed


class ConversationEnded(DomainError):
    """Nothing can be said in a conversation that has ended."""

    code = "ended"
    detail = _("This conversation has ended.")


class Blocked(NotAllowed):
    """The store or the union does not talk to this visitor."""

    code = "blocked"
    detail = _("No conversation can be begun from here.")


class NetworkBlocked(Blocked):
    """Somebody else was blocked who came from the same network address; `until` says how long it is held."""

    code = "network_blocked"
    detail = _(
        "Somebody in your network was blocked here. For some hours nothing can be begun from it without an account: "
        "sign in to go on."
    )


class TooMany(DomainError):
    """More than one visitor may have at once, or in a while."""

    code = "too_many"
    status = 429
    detail = _("That is too much at once. Please wait a moment.")


class FreeTimeOver(DomainError):
    """A visitor without an account had the free session; signing up or a membership is the way to go on."""

    code = "free_time_over"
    detail = _("Your free session is over. Sign in or sign up to go on: what was said stays with you.")


class NotLoggedIn(NotAllowed):
    """Looking is free to the team; answering begins with logging in at the console."""

    code = "not_logged_in"
    detail = _("Say first that you are here.")


class ShortcutTaken(Invalid):
    """Another saved reply of this place has the shortcut."""

    code = "shortcut_taken"
    detail = _("Another saved reply has this shortcut.")


class PushIsOff(DomainError):
    """No keys in the settings."""

    code = "push_off"
    status = 409
    detail = _("This site is not set up to call you with the page closed.")
