"""A market with two stores, and callers with keys of every kind.

Django is not ready while this file is read, so models are imported inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.api.client import Api
    from tests.factories.orders import Market


@pytest.fixture
def place(db) -> Market:
    from tests.factories.orders import market

    return market()


@pytest.fixture
def guest(place) -> Api:
    """Without a key."""
    from tests.api.client import Api

    return Api(place.union)


@pytest.fixture
def office(place) -> Api:
    """With the union's key."""
    from tests.api.client import Api, key_for

    return Api(place.union, key_for(place.union))


@pytest.fixture
def bakery(place) -> Api:
    """With the key of the first store."""
    from tests.api.client import Api, key_for

    return Api(place.union, key_for(place.union, store=place.first))


@pytest.fixture
def customer(place) -> Api:
    """With a customer's key; `customer.user` is the customer."""
    from tests.api.client import Api, key_for
    from tests.factories.accounts import UserFactory

    user = UserFactory()
    api = Api(place.union, key_for(place.union, user=user))
    api.user = user
    return api
