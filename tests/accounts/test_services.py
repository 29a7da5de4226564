import pytest

from accounts import services
from accounts.models import Address
from accounts.queries import address_for, addresses_of
from core.errors import Invalid, NotFound
from tests.factories.accounts import AddressFactory, UserFactory

pytestmark = pytest.mark.django_db

DETAILS = services.AddressDetails(recipient=" Mina Park ", line1="12 Haeundae-ro", city="Busan", country="KR")


def first_of(user):
    return list(Address.objects.filter(user=user, is_default=True).values_list("recipient", flat=True))


def test_the_first_address_of_a_book_is_used_first():
    user = UserFactory()

    address = services.add_address(user=user, details=DETAILS)
    services.add_address(user=user, details=services.AddressDetails("Second", "1 Road", "Busan", "KR"))

    assert address.key
    assert first_of(user) == ["Mina Park"]


def test_another_address_is_put_first():
    user = UserFactory()
    services.add_address(user=user, details=DETAILS)
    second = services.add_address(
        user=user, details=services.AddressDetails("Second", "1 Road", "Busan", "KR"), use_first=True
    )
    assert first_of(user) == ["Second"]

    services.put_address_first(address=Address.objects.get(user=user, recipient="Mina Park"))

    assert first_of(user) == ["Mina Park"]
    assert [address.recipient for address in addresses_of(user)] == ["Mina Park", second.recipient]


def test_removing_the_first_address_puts_the_newest_first():
    user = UserFactory()
    for name in ("One", "Two", "Three"):
        services.add_address(user=user, details=services.AddressDetails(name, "1 Road", "Busan", "KR"))

    services.remove_address(address=Address.objects.get(recipient="One"))

    assert first_of(user) == ["Three"]


def test_changing_an_address_rewrites_all_its_words():
    address = AddressFactory(line2="Floor 3", label="home")

    services.change_address(address=address, details=DETAILS, use_first=True)

    address.refresh_from_db()
    assert (address.recipient, address.line2, address.label, address.country) == ("Mina Park", "", "", "KR")
    assert address.is_default


def test_a_book_holds_fifty_addresses():
    user = UserFactory()
    AddressFactory.create_batch(50, user=user)

    with pytest.raises(services.TooManyAddresses):
        services.add_address(user=user, details=DETAILS)

    assert Address.objects.filter(user=user).count() == 50


def test_other_peoples_addresses_are_not_found():
    address = AddressFactory()

    assert address_for(address.user, address.key) == address
    with pytest.raises(NotFound):
        address_for(UserFactory(), address.key)


def test_profile_takes_only_languages_that_are_spoken():
    user = UserFactory(name="Old")

    with pytest.raises(Invalid) as refused:
        services.save_profile(user=user, name="New", phone="", language="tlh")
    assert refused.value.field == "language"
    user.refresh_from_db()
    assert user.name == "Old"

    services.save_profile(user=user, name=" New ", phone="1", language="ko")
    user.refresh_from_db()
    assert (user.name, user.phone, user.language) == ("New", "1", "ko")
