"""`martunion-connector run | check | demo | conformance`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from martunion_connector import __version__
from martunion_connector.choosing import Shop
from martunion_connector.client import Client
from martunion_connector.config import Config, read_config
from martunion_connector.conformance.run import run_conformance
from martunion_connector.conformance.stage import Good
from martunion_connector.errors import Unusable
from martunion_connector.logs import begin_log
from martunion_connector.session import Session
from martunion_connector.sources import ListSource, Source, tell

CONFIG = "martunion-connector.toml"
DEMO = Path(".data/connector/martunion-connector.toml")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is well, 1 when something is to be mended."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.work(asked))
    except Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="martunion-connector", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="answer calls until stopped")
    run.add_argument("--config", type=Path, default=Path(CONFIG))
    run.set_defaults(work=_run)
    check = commands.add_parser("check", help="read the configuration and the list, and say what is wrong with them")
    check.add_argument("--config", type=Path, default=Path(CONFIG))
    check.add_argument("--quantity", type=int, default=1)
    check.add_argument("wish", nargs="*", help="words of a wish: what would be answered")
    check.set_defaults(work=_check)
    demo = commands.add_parser("demo", help="answer for a shop of a union that `make run` has started on this machine")
    demo.add_argument("--config", type=Path, default=DEMO, help="what `make run` has written")
    demo.set_defaults(work=_demo)
    proof = commands.add_parser("conformance", help="try a program of your own against the rules of docs/connector.md")
    proof.add_argument("--port", type=int, default=0, help="where it listens; any free one if left out")
    proof.add_argument("--patience", type=float, default=5.0, help="seconds for an answer")
    proof.add_argument("--wish", default=Good.words, help="words for which your program has one good")
    proof.add_argument("--price", type=int, default=Good.price, help="its price in minor units")
    proof.add_argument("--stock", type=int, default=Good.stock, help="how many of it there are")
    proof.add_argument("command", nargs="*", help="after --: what starts your program; {site} {key} {list} {config}")
    proof.set_defaults(work=_conformance)
    return parser


def _run(asked: argparse.Namespace) -> int:
    return _serve(read_config(asked.config))


def _serve(config: Config) -> int:
    begin_log(config.log)
    source = config.source()
    if isinstance(source, ListSource):
        tell(source.load())
    with suppress(KeyboardInterrupt):
        asyncio.run(_until_stopped(config, source))
    return 0


async def _until_stopped(config: Config, source: Source) -> None:
    client = Client(
        address=config.address,
        key=config.key,
        session=Session(declines=config.declines),
        source=source,
    )
    # Windows has no signals for event loops; Ctrl-C comes as KeyboardInterrupt there.
    with suppress(NotImplementedError):
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, client.stop)
    await client.run()


def _check(asked: argparse.Namespace) -> int:
    config = read_config(asked.config)
    source = config.source()
    wrong: tuple[str, ...] = ()
    if isinstance(source, ListSource):
        read = source.load()
        wrong = read.wrong
        for text in (*read.notes, *(f"Not offered, {text}." for text in wrong)):
            _say(text)
        _say(f"The list holds {len(read.items)} goods.")
    if asked.wish:
        call = {"request": "check", "words": " ".join(asked.wish), "quantity": asked.quantity, "budget": None}
        answer = source.answer(call, Shop("", 2))
        _say("Nothing would be answered." if answer is None else f"This would be answered: {_told(answer)}.")
    _say(f"It would connect to {config.address}.")
    return 1 if wrong else 0


def _told(answer: Mapping[str, Any]) -> str:
    """An answer as its shopkeeper would say it: `Brass desk lamp, 25.00 a piece, number LAMP-1`."""
    said = [str(answer.get("title") or answer.get("service") or "let us talk")]
    for name, text in (("price", "{} a piece"), ("delivery", "{} for bringing it")):
        if (amount := answer.get(name)) is not None:
            said.append(text.format(f"{amount // 100}.{amount % 100:02}"))
    for name, text in (("quantity", "{} of it"), ("sku", "number {}"), ("available_at", "from {}")):
        if answer.get(name):
            said.append(text.format(answer[name]))
    if answer.get("used"):
        said.append("used")
    if answer.get("valid_minutes"):
        said.append(f"for {answer['valid_minutes']} minutes")
    if answer.get("words"):
        said.append(f"with the words “{answer['words']}”")
    return ", ".join(said)


def _demo(asked: argparse.Namespace) -> int:
    if not asked.config.exists():
        raise Unusable(
            f"There is no {asked.config}. Start the demo with `make run` in the project's folder, and this in the same "
            "folder; or name the file that it has written with --config."
        )
    config = read_config(asked.config)
    _say(f"Answering calls at {config.site} from {config.folder / str(config.list.get('file', ''))}.")
    _say("Wish for something on that list on the union's pages; change the file, and other answers are given.")
    return _serve(config)


def _conformance(asked: argparse.Namespace) -> int:
    good = Good(asked.wish, asked.price, asked.stock)
    broken = asyncio.run(run_conformance(asked.command, good=good, port=asked.port, patience=asked.patience, say=_say))
    _say("All rules are kept." if not broken else f"{len(broken)} rules are broken.")
    return 1 if broken else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
