"""One run: start the program, play the scenes, say what was kept."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from martunion_connector.conformance.rules import RULES, Look, Rule
from martunion_connector.conformance.stage import KEY, Broken, Good, Stage

LIST = "sku,title,price,stock,words\nOAK-1,Oak shelf,40.00,10,wood wall\n{sku},{title},{price},{stock},\n"
CONFIG = 'site = "{site}"\nkey = "{key}"\n\n[list]\nfile = "list.csv"\n'
Say = Callable[[str], None]


async def run_conformance(
    command: Sequence[str], *, good: Good, port: int = 0, patience: float = 5.0, say: Say
) -> dict[str, str]:
    """The rules that were broken, and how; empty when all are kept.

    Without a command somebody else starts the program. In the command `{site}`, `{key}`, `{list}` and `{config}` are
    replaced; the environment says the same as MARTUNION_SITE, MARTUNION_KEY, MARTUNION_LIST.
    """
    stage = Stage(good=good, patience=patience)
    site = f"http://127.0.0.1:{await stage.listen(port)}"
    with tempfile.TemporaryDirectory(prefix="martunion-conformance-") as folder:
        files = _written(Path(folder), site, good)
        program = None
        if command:
            program = _started(command, files)
            running = program
            stage.is_alive = lambda: running.poll() is None
        else:
            say(f"Waiting for a program at {site} with the key {KEY}; a list for it lies in {files['list']}.")
        try:
            return await _played(stage, say)
        finally:
            await asyncio.to_thread(_ended, program)
            with suppress(TimeoutError):
                await asyncio.wait_for(stage.leave(), 5)


async def _played(stage: Stage, say: Say) -> dict[str, str]:
    broken: dict[str, str] = {}
    looks: list[tuple[Rule, Look]] = []
    for rule in RULES:
        try:
            look = await rule.scene(stage)
        except Broken as error:
            broken[rule.name] = str(error)
        else:
            if look is not None:
                looks.append((rule, look))
        if not stage.lines:
            broken = {each.name: broken.get(rule.name, "no connection came") for each in RULES}
            break
    for rule, look in looks:
        try:
            look()
        except Broken as error:
            broken.setdefault(rule.name, str(error))
    for rule in RULES:
        say(f"FAIL  {rule.says}: {broken[rule.name]}." if rule.name in broken else f"pass  {rule.says}")
    shape = next((text for text in stage.wrong if "before hello" not in text), "")
    says = "sends frames of the right shape"
    if shape:
        broken["shape"] = shape
    say(f"FAIL  {says}: {shape}." if shape else f"pass  {says}")
    return broken


def _written(folder: Path, site: str, good: Good) -> dict[str, str]:
    price = f"{good.price // 100}.{good.price % 100:02}"
    rows, config = folder / "list.csv", folder / "connector.toml"
    rows.write_text(LIST.format(sku="LAMP-1", title=good.words.capitalize(), price=price, stock=good.stock))
    config.write_text(CONFIG.format(site=site, key=KEY))
    return {"site": site, "key": KEY, "list": str(rows), "config": str(config)}


def _started(command: Sequence[str], files: dict[str, str]) -> subprocess.Popen[bytes]:
    words = []
    for word in command:
        for name, value in files.items():
            word = word.replace("{" + name + "}", value)
        words.append(word)
    environment = {f"MARTUNION_{name.upper()}": files[name] for name in ("site", "key", "list")}
    return subprocess.Popen(words, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)


def _ended(program: subprocess.Popen[bytes] | None) -> None:
    if program is None or program.poll() is not None:
        return
    program.send_signal(signal.SIGTERM)
    try:
        program.wait(10)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
