"""The whole program against a union's end of the line: lists that change, sales, stopping, its own commands."""

import json
import signal
import time
from contextlib import asynccontextmanager

import pytest

from martunion_connector.client import Client
from martunion_connector.config import read_config
from martunion_connector.conformance.stage import Good, Stage
from martunion_connector.session import Session
from tests.connector.lines import running, typed, written

LAMP = "brass desk lamp"


@asynccontextmanager
async def union():
    stage = Stage(good=Good(), patience=20)
    port = await stage.listen(0)
    try:
        yield stage, f"http://127.0.0.1:{port}"
    finally:
        await stage.leave()


async def test_a_changed_list_is_read_again_and_calls_without_answer_are_looked_at_anew(tmp_path):
    async with union() as (stage, site):
        config = written(tmp_path, site, "title,price\nOak shelf,40\n")
        with running(config) as program:
            line = await stage.line()
            call = stage.new_call()
            await line.say(call)
            await stage.hear(line, call["request"], kind="decline")
            # Half a file, as a till writes it, leaves the list before in force.
            (tmp_path / "list.csv").write_text("")
            shelf = stage.new_call(words="oak shelf")
            _said(tmp_path / "log/c.log", "The list stays as it was: list.csv is empty")
            await line.say(shelf)
            assert (await stage.hear(line, shelf["request"]))["price"] == 4000
            fresh = tmp_path / "fresh.csv"
            fresh.write_text("title,price\nOak shelf,41\nBrass desk lamp,25\n")
            fresh.replace(tmp_path / "list.csv")
            assert (await stage.hear(line, call["request"]))["price"] == 2500
            assert len(stage.all_answers_to(shelf["request"])) == 1
            assert program.poll() is None


async def test_what_was_sold_is_not_promised_again_until_the_list_is_new(tmp_path):
    async with union() as (stage, site):
        with running(written(tmp_path, site)):
            line = await stage.line()
            sale = {"type": "used", "request": "X", "response": "R-X", "version": 1, "what": "cart",
                    "title": "Brass desk lamp", "sku": "L-1", "quantity": 2, "price": None}  # fmt: skip
            await line.say(sale)
            await line.say(sale)
            two, one = stage.new_call(quantity=2), stage.new_call()
            await line.say(two)
            await line.say(one)
            await stage.hear(line, two["request"], kind="decline")
            await stage.hear(line, one["request"])
            (tmp_path / "list.csv").write_text("sku,title,price,stock\nL-1,Brass desk lamp,26.00,8\n")
            assert (await stage.hear(line, two["request"]))["price"] == 2600
    assert (tmp_path / "log/c.log").read_text().count("SOLD X: 2 × Brass desk lamp (L-1)") == 1


async def test_what_was_sold_while_the_line_was_lost_counts_and_what_was_sold_before_does_not(tmp_path):
    config = read_config(written(tmp_path, "http://union.example"))
    source = config.source()
    source.load()
    client = Client(address=config.address, key=config.key, session=Session(), source=source)
    hello = {"type": "hello", "store": "lamps", "union": "harbour", "currency": "GBP", "digits": 2, "calls": []}
    sale = {"request": "A", "response": "R-A", "title": "Brass desk lamp", "sku": "L-1", "quantity": 1}
    three = {"request": "B", "words": LAMP, "quantity": 3}
    client._on_hello({**hello, "used": [sale]})
    assert source.answer(three, client.session.shop)["price"] == 2500
    client._on_hello({**hello, "used": [{**sale, "response": "R-B"}, sale]})
    assert source.answer(three, client.session.shop) is None
    assert source.answer({**three, "quantity": 2}, client.session.shop)["price"] == 2500


async def test_a_sku_that_the_union_does_not_know_is_left_out(tmp_path):
    async with union() as (stage, site):
        with running(written(tmp_path, site)):
            line = await stage.line()
            call = stage.new_call()
            stage.refusals[call["request"]] = "unknown_sku"
            await line.say(call)
            first = await stage.hear(line, call["request"])
            stage.refusals.clear()
            second = await stage.hear(line, call["request"], already=1)
            assert (first["sku"], "sku" in second, second["id"] != first["id"]) == ("L-1", False, True)


async def test_a_function_of_the_shop_answers(tmp_path):
    (tmp_path / "ours.py").write_text(
        "tries = []\n"
        "def answer(call):\n"
        "    tries.append(1)\n"
        "    if len(tries) == 1: raise RuntimeError('the till is asleep')\n"
        "    if 'periscope' in call['words']: return None\n"
        "    return {'title': 'By hand', 'price': 700 * call['quantity'], 'words': call['shop']['currency']}\n"
    )
    async with union() as (stage, site):
        config = tmp_path / "martunion-connector.toml"
        config.write_text(f'site = "{site}"\nkey = "mu_conformance"\n[list]\nfunction = "ours:answer"\n')
        with running(config):
            line = await stage.line()
            call, none = stage.new_call(quantity=2), stage.new_call(words="periscope")
            await line.say(call)
            await line.say(none)
            answer = await stage.hear(line, call["request"])
            assert (answer["title"], answer["price"], answer["words"]) == ("By hand", 1400, "GBP")
            await stage.hear(line, none["request"], kind="decline")
    assert "the till is asleep" in (tmp_path / "terminal.log").read_text()


async def test_it_ends_when_asked_and_waits_for_a_union_that_is_away(tmp_path):
    config = written(tmp_path, "http://127.0.0.1:9")
    with running(config) as program:
        _said(tmp_path / "terminal.log", "the next try is in")
        assert program.poll() is None
        program.send_signal(signal.SIGTERM)
        assert program.wait(15) == 0
    assert _text(tmp_path).count("Traceback") == 0


def _said(log, words):
    """Until a program of its own has written this."""
    limit = time.monotonic() + 30
    while not log.exists() or words not in log.read_text():
        assert time.monotonic() < limit, f"it did not say: {words}"
        time.sleep(0.1)


def _text(folder):
    path = folder / "terminal.log"
    return path.read_text() if path.exists() else ""


async def test_many_calls_at_once_are_answered_no_faster_than_a_union_takes_them(tmp_path):
    async with union() as (stage, site):
        with running(written(tmp_path, site)):
            calls = [stage.new_call() for _ in range(60)]
            line = await stage.arrival(30)
            await stage.greet(line, *calls)
            began = time.monotonic()
            await stage.hear(line, calls[0]["request"])
            for call in calls:
                await stage.hear(line, call["request"])
            assert time.monotonic() - began > 1.0
            assert len(line.frames) == 60


def test_check_says_what_is_wrong_and_what_would_be_answered(tmp_path):
    written(tmp_path, "https://union.example", "title,price\nBrass desk lamp,25\nShelf,ask us\n")
    code, text = typed("check", "brass", "lamp", folder=tmp_path)
    assert code == 1
    assert "Not offered, row 3: the price of 'Shelf' is 'ask us', which is no price." in text
    assert "The list holds 1 goods." in text
    assert "This would be answered: Brass desk lamp, 25.00 a piece" in text
    assert "It would connect to wss://union.example/ws/connector/." in text
    (tmp_path / "list.csv").write_text("title,price\nBrass desk lamp,25\n")
    assert typed("check", "periscope", folder=tmp_path) == (
        0,
        "The list holds 1 goods.\nNothing would be answered.\nIt would connect to wss://union.example/ws/connector/.\n",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("site = ", "is not valid TOML"),
        ('site = "union.example"\nkey = "k"\n[list]\nfile = "l"', "say where the union is"),
        ('site = "https://u"\n[list]\nfile = "l"', "there is no key"),
        ('site = "https://u"\nkey = "k"\n[list]\nfile = "l"\nsql = "s"', "needs one of file, sql or function"),
        ('site = "https://u"\nkey = "k"\n[list]\nsql = "s"', "a query needs database (of SQLite) or module"),
        ('site = "https://u"\nkey = "k"\n[list]\nfiel = "l"', "nobody knows 'fiel' in [list]"),
        ('site = "https://u"\nkey = "k"\nlist = 3', "[list] is a section"),
        ('site = "https://u"\nkey = "k"\n[lists]\nfile = "l"', "nobody knows 'lists'"),
        ('site = "https://u"\nkey = 7\n[list]\nfile = "l"', "key is of the wrong kind"),
        ('site = "https://u"\nkey = "k"\n[list]\nfile = "l"\n[answers]\nshare = 2', "share in [answers]"),
        ('site = "https://u"\nkey = "k"\n[list]\nfile = "none.csv"', "The list cannot be read"),
        ('site = "https://u"\nkey = "k"\n[list]\nfunction = "nothing:here"', "There is no function nothing:here"),
    ],
)
def test_a_configuration_that_cannot_be_used_says_why(tmp_path, monkeypatch, text, says, capsys):
    from martunion_connector.cli import main

    monkeypatch.delenv("MARTUNION_KEY", raising=False)
    config = tmp_path / "c.toml"
    config.write_text(text)
    assert main(["check", "--config", str(config)]) == 1
    assert says in capsys.readouterr().err


def test_the_demo_says_what_comes_first(tmp_path, capsys):
    from martunion_connector.cli import main

    assert main(["demo", "--config", str(tmp_path / "none.toml")]) == 1
    assert "Start the demo with `make run`" in capsys.readouterr().err


def test_a_key_may_come_from_a_file_or_the_environment(tmp_path, monkeypatch):
    config = tmp_path / "c.toml"
    config.write_text('site = "http://u"\nkey_file = "key.txt"\n[list]\nfile = "l"')
    (tmp_path / "key.txt").write_text("mu_file\n")
    assert (read_config(config).key, read_config(config).address) == ("mu_file", "ws://u/ws/connector/")
    config.write_text('site = "http://u"\n[list]\nfile = "l"')
    monkeypatch.setenv("MARTUNION_KEY", "mu_environment")
    assert read_config(config).key == "mu_environment"


def test_the_log_turns_over(tmp_path):
    import logging

    from martunion_connector.config import Log
    from martunion_connector.logs import begin_log

    begin_log(Log(tmp_path / "log/c.log", megabytes=0.001, keep=2))
    logger = logging.getLogger("martunion")
    try:
        for number in range(100):
            logger.info("line %d %s", number, json.dumps("x" * 40))
    finally:
        for handler in list(logger.handlers):
            handler.close()
            logger.removeHandler(handler)
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == ["c.log", "c.log.1", "c.log.2"]
    assert max(path.stat().st_size for path in (tmp_path / "log").iterdir()) <= 1000
