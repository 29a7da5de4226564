"""Who comes, buys or haggles: a person with an account, or what a guest says of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True, slots=True)
class Contact:
    """Inside a conversation a guest may be nameless; elsewhere an e-mail address is needed."""

    user: User | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""

    def completed(self) -> Contact:
        """Tidied, and what was not said taken from the account."""
        name = self.name or (self.user.name if self.user else "")
        email = self.email or (self.user.email if self.user else "")
        return Contact(self.user, name.strip()[:120], email.strip().lower(), self.phone.strip()[:32], self.language)
