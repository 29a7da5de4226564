"""The demo's people: every sign-in with a confirmed address and the same password, hashed once."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import Address, User
from martunion.demo.content import UnionContent, people
from payments.models import PaymentAccount
from payments.models.accounts import AccountState
from unions.models import Union, UnionStaff

MAIL = "mail.example"


class People:
    """Makes the people of one load; a person who is there already is used as they are."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self._password = ""

    def person(self, *, name: str, email: str, language: str, phone: str = "", **fields: Any) -> User:
        """The user with this address, made if need be."""
        known = User.objects.filter(email=email).first()
        if known is not None:
            return known
        if not self._password:
            self._password = make_password(people()["password"])
        user = User.objects.create(
            email=email,
            name=name,
            language=language,
            phone=phone,
            password=self._password,
            date_joined=self.now - timedelta(days=120),
            **fields,
        )
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    def center(self) -> User:
        """The service center's own administrator."""
        raw = people()["center"]
        return self.person(**raw, is_staff=True, is_superuser=True)

    def office(self, *, union: Union, content: UnionContent) -> list[User]:
        """The union's administrators and support; the first one is its admin."""
        users = []
        for raw in people()["offices"][content.slug]:
            user = self.person(name=raw["name"], email=raw["email"], language=content.language, is_staff=True)
            UnionStaff.objects.create(union=union, user=user, role=raw["role"])
            users.append(user)
        return users

    def customers(self, *, union: Union, content: UnionContent) -> list[User]:
        """The union's shoppers, each with an address and a verified account at the built-in bank."""
        users = []
        for name, mailbox, phone, street, town, postal_code in people()["customers"][content.slug]:
            is_local = not name.isascii() or content.language == "en"
            user = self.person(
                name=name,
                email=f"{mailbox}@{MAIL}",
                language=content.language if is_local else "en",
                phone=phone,
            )
            Address.objects.create(
                user=user,
                recipient=name,
                phone=phone,
                line1=street,
                city=town,
                postal_code=postal_code,
                country=union.country,
                is_default=True,
            )
            PaymentAccount.objects.create(
                user=user,
                provider="bank",
                token="bank:approves",
                label="Current account …1001",
                holder=name,
                state=AccountState.VERIFIED,
                is_default=True,
                verified_at=self.now - timedelta(days=100),
            )
            users.append(user)
        return users
