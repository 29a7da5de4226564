"""What allauth asks us about sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_from_request, override

from core.live import check_access, person_topic


class AccountAdapter(DefaultAccountAdapter):
    """Keeps addresses in lower case and remembers the language in which a person signed up."""

    def clean_email(self, email: str) -> str:
        return str(super().clean_email(email)).lower()

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.language = getattr(request, "LANGUAGE_CODE", "")
        return super().save_user(request, user, form, commit)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **options: Any
    ) -> None:
        """In the language of the page that shows it: from the sign-in on that is the person's own, until they leave."""
        if message_template == "account/messages/logged_out.txt":
            own = get_language_from_request(request)
        else:
            chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
            own = chosen or getattr(request.user, "language", "")
        with override(own if own in dict(settings.LANGUAGES) else get_language()):
            super().add_message(request, level, message_template, *args, **options)

    def set_password(self, user: Any, password: str) -> None:
        """A new password ends every other sign-in, and what those listen to."""
        super().set_password(user, password)
        check_access(person_topic(user.pk))

    def send_account_already_exists_mail(self, email: str) -> None:
        """For an unknown address a password is hashed here: without it the quick answer would tell the known ones."""
        make_password(email)
        super().send_account_already_exists_mail(email)
