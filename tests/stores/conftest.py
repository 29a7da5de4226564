import pytest

from core import memory


@pytest.fixture(autouse=True)
def _nothing_remembered():
    memory.forget()
