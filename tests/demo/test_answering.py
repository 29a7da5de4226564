"""The example program's words, and the keys that the demo gives it."""

import importlib.util
import json
import stat

import pytest
from django.utils import timezone

from core.money import format_money
from martunion.demo.answering import SCOPES, STAFFED, keys_of_programs
from martunion.embedded import BASE_DIR
from stores.models import ApiKey
from stores.services.keys import find_key
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionFactory

SPEC = importlib.util.spec_from_file_location("bot", BASE_DIR / "examples" / "bot" / "bot.py")
bot = importlib.util.module_from_spec(SPEC)


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    import sys

    # Its dataclasses look for their module.
    sys.modules["bot"] = bot
    SPEC.loader.exec_module(bot)
    yield
    del sys.modules["bot"]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Can I talk to a person?", "person"),
        ("我要找真人", "person"),
        ("상담원 부탁해요", "person"),
        ("Any discount on this?", "price"),
        ("可以便宜一點嗎", "price"),
        ("I would like to book a lesson", "time"),
        ("Hi", "greeting"),
        ("Hello, do you have a tree fern?", "goods"),
        ("謝謝", "greeting"),
        ("您好，有小渡輪嗎", "goods"),
        ("Do you have this in blue?", "goods"),
    ],
)
def test_what_a_shopper_is_after(text, wish):
    assert bot.wish_of(text) == wish


def test_words_to_search_for():
    assert bot.search_words("Do you have the tree fern?") == "tree fern"
    assert bot.search_words("Hello, do you have the tree fern?") == "tree fern"
    assert bot.search_words("請問有小渡輪嗎") == "小渡輪"


@pytest.mark.parametrize("language", ["en", "zh-hant", "ko"])
def test_prices_are_written_as_the_pages_write_them(language):
    for amount, currency in ((580, "GBP"), (123450, "GBP"), (12500, "KRW"), (41200, "TWD"), (41250, "TWD")):
        assert bot.price({"amount": amount, "currency": currency}, language) == format_money(amount, currency, language)
    assert bot.price({"amount": 1250, "currency": "XTS"}, language) == "XTS 12.50"


class Line:
    """What a bot sends, kept."""

    def __init__(self):
        self.sent = []

    async def send(self, text):
        self.sent.append(json.loads(text))


async def talked(*texts, brought):
    """What a bot says to these texts, of which the first are brought with the conversation itself."""
    helper = bot.Bot(bot.Place("http://site", "cornwall", "truro-plants", "key"), _line=Line(), me=1)
    helper.talks["T"] = bot.Talk("T", "en")
    for seq, text in enumerate(texts, 1):
        frame = {"type": "message", "conversation": "T", "seq": seq, "role": "shopper", "kind": "text", "text": text}
        await helper.take(frame)
        if seq == brought:
            await helper.take({"type": "ack", "id": "resume:T"})
    return [(frame["id"], frame["text"]) for frame in helper._line.sent if frame["type"] == "message"]


async def test_it_greets_once_however_often_the_shopper_writes():
    said = await talked("Hi", "Could it be cheaper?", "Thank you", brought=1)
    words = bot.WORDS["en"]
    assert said == [("hello", words["hello"]), ("price-2", words["price"]), ("welcome-3", words["welcome"])]


def test_every_language_says_everything():
    english = bot.WORDS["en"]
    for words in bot.WORDS.values():
        assert set(words) == set(english)
        assert set(words["signs"]) == set(english["signs"])


@pytest.mark.django_db
def test_keys_are_made_once_and_kept_for_their_program_alone(tmp_path):
    for slug, stores in STAFFED.items():
        union = UnionFactory(slug=slug)
        for store in stores:
            StoreFactory(union=union, slug=store)
    path = keys_of_programs(folder=tmp_path, now=timezone.now())
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys_of_programs(folder=tmp_path, now=timezone.now()).read_text() == first
    assert ApiKey.objects.filter(revoked_at=None).count() == 6
    # One that may do less than the program needs today is given anew.
    ApiKey.objects.filter(store__slug="truro-plants").update(scopes=["conversations:write"])
    keys_of_programs(folder=tmp_path, now=timezone.now())
    assert {frozenset(key.scopes) for key in ApiKey.objects.filter(revoked_at=None)} == {frozenset(SCOPES)}
    # Lost, they are made anew and the old ones end.
    path.unlink()
    keys_of_programs(folder=tmp_path, now=timezone.now())
    assert ApiKey.objects.filter(revoked_at=None).count() == 6
    assert all(find_key(plain=each["key"]) is None for each in json.loads(first))


async def test_of_what_was_written_before_it_came_the_last_line_is_answered():
    said = await talked("Hi", "Any discount?", "Thank you", brought=2)
    words = bot.WORDS["en"]
    assert said == [("hello", words["hello"]), ("price-2", words["price"]), ("welcome-3", words["welcome"])]
