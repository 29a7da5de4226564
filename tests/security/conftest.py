import pytest


@pytest.fixture
def shop(db):
    """A store with a product, an order and people around it: tests.manage.people.Shop."""
    from tests.manage.people import new_shop

    return new_shop()
