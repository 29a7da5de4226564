"""People who can sign in, and their addresses."""

from __future__ import annotations

from typing import Any

import factory
from allauth.account.models import EmailAddress

from accounts.models import Address, User

PASSWORD = "a long enough pass phrase"


class UserFactory(factory.django.DjangoModelFactory):
    """A person with a verified e-mail address who signs in with PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(password=kwargs.pop("password", PASSWORD), **kwargs)

    @factory.post_generation
    def verified(self: User, create: bool, extracted: bool | None, **_: Any) -> None:  # type: ignore[misc]
        """`UserFactory(verified=False)`: someone who has not opened the link in the mail yet."""
        if create:
            EmailAddress.objects.create(user=self, email=self.email, verified=extracted is not False, primary=True)


class CenterAdminFactory(UserFactory):
    """The service center's own administrator, who may do everything everywhere."""

    is_staff = True
    is_superuser = True


class AddressFactory(factory.django.DjangoModelFactory):
    """An entry of a person's address book."""

    class Meta:
        model = Address

    user = factory.SubFactory(UserFactory)
    recipient = factory.LazyAttribute(lambda address: address.user.name)
    line1 = factory.Sequence(lambda n: f"{n + 1} Harbour Road")
    city = "Truro"
    postal_code = "TR1 2AB"
    country = "GB"
