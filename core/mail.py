"""Mail in the reader's own language, from two templates: `mail/<name>_subject.txt` and `mail/<name>.txt`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import override


def send_templated_mail(
    *,
    template: str,
    to: str,
    language: str,
    context: dict[str, Any],
    reply_to: str = "",
    papers: Sequence[tuple[str, bytes]] = (),
) -> None:
    """Send one plain-text message; `papers` are PDF files that go with it: name and content.

    Raises what the mail server raises; the outbox then tries again later.
    """
    with override(language):
        subject = " ".join(render_to_string(f"mail/{template}_subject.txt", context).split())
        body = render_to_string(f"mail/{template}.txt", context).strip() + "\n"
    message = EmailMessage(subject, body, to=[to], reply_to=[reply_to] if reply_to else None)
    for name, content in papers:
        message.attach(name, content, "application/pdf")
    message.send()
