import pytest

from core import memory


@pytest.fixture(autouse=True)
def _empty():
    memory.forget()
    yield
    memory.forget()


def test_remembered_is_made_once_until_its_time_is_over(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(memory.time, "monotonic", lambda: now[0])
    made = iter(range(10))
    assert memory.remembered("key", 10, lambda: next(made)) == 0
    now[0] = 109.9
    assert memory.remembered("key", 10, lambda: next(made)) == 0
    assert memory.remembered("other", 10, lambda: next(made)) == 1
    now[0] = 110.1
    assert memory.remembered("key", 10, lambda: next(made)) == 2


def test_remembered_keeps_what_is_empty():
    made = iter([None, "later"])
    assert memory.remembered("key", 10, lambda: next(made)) is None
    assert memory.remembered("key", 10, lambda: next(made)) is None


def test_remembered_drops_the_oldest_beyond_its_size(monkeypatch):
    monkeypatch.setattr(memory, "MOST", 2)
    for key in "abc":
        memory.remembered(key, 10, lambda key=key: key)
    assert memory.remembered("a", 10, lambda: "made anew") == "made anew"
    assert memory.remembered("c", 10, lambda: "made anew") == "c"


def test_remembered_does_not_keep_a_failure():
    with pytest.raises(ZeroDivisionError):
        memory.remembered("key", 10, lambda: 1 // 0)
    assert memory.remembered("key", 10, lambda: "fine") == "fine"
