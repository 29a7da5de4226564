"""Two unions and some people. Models are imported late: this file is read before Django is set up."""

import pytest


@pytest.fixture
def here(transactional_db):
    """Providers are only spoken to outside of transactions, hence the slower database."""
    from tests.admin.places import furnish

    return furnish("Northland")


@pytest.fixture
def there(transactional_db):
    from tests.admin.places import furnish

    return furnish("Southland")


@pytest.fixture
def center(transactional_db):
    from tests.factories.accounts import CenterAdminFactory

    return CenterAdminFactory(name="Center")


@pytest.fixture
def shopper(transactional_db):
    from tests.factories.accounts import UserFactory

    return UserFactory(name="Shopper")
