"""`manage.py issue_key`."""

import io

import pytest
from django.core.management import CommandError, call_command

from stores.models import ApiKey
from stores.services.keys import SCOPES, find_key
from tests.factories.accounts import UserFactory
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db


def issue(*arguments: str) -> str:
    output = io.StringIO()
    call_command("issue_key", *arguments, stdout=output)
    return output.getvalue().strip()


def test_key_of_a_store_a_customer_or_the_union_is_issued():
    store, user = StoreFactory(), UserFactory()
    union = ["--union", store.union.slug]
    of_store = find_key(
        plain=issue(*union, "--store", store.slug, "--scopes", "orders:read,stock:read", "--name", "till")
    )
    assert (of_store.store, of_store.user, of_store.scopes, of_store.name) == (
        store,
        None,
        ["orders:read", "stock:read"],
        "till",
    )
    of_customer = find_key(plain=issue(*union, "--customer", user.email.upper()))
    assert (of_customer.store, of_customer.user, of_customer.scopes) == (None, user, list(SCOPES))
    of_union = find_key(plain=issue(*union))
    assert (of_union.union, of_union.store, of_union.user) == (store.union, None, None)


@pytest.mark.parametrize(
    "arguments", [["--store", "nowhere"], ["--customer", "nobody@example.com"], ["--scopes", "everything"]]
)
def test_key_for_what_does_not_exist_is_refused(arguments):
    store = StoreFactory()
    with pytest.raises(CommandError):
        issue("--union", store.union.slug, *arguments)
    with pytest.raises(CommandError):
        issue("--union", "nowhere")
    assert ApiKey.objects.count() == 0
