"""What the connector tells its owner: on one line, without commands for the terminal, without secrets."""

import logging

import pytest

from martunion_connector.config import Log, read_config
from martunion_connector.errors import Unusable
from martunion_connector.logs import begin_log


@pytest.fixture
def log(tmp_path):
    begin_log(Log(tmp_path / "connector.log"))
    logger = logging.getLogger("martunion")
    yield logger, tmp_path / "connector.log"
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def test_words_of_shoppers_forge_no_line_and_command_no_terminal(log):
    logger, file = log
    logger.info("SOLD %s", "a lamp\r\n2026-01-01 INFO SOLD everything \x1b[2J\x9b1m \u202egpj 燈 é")
    logger.handlers[-1].flush()
    [line] = file.read_text(encoding="utf-8").splitlines()
    assert line.endswith(r"SOLD a lamp\r\n2026-01-01 INFO SOLD everything \x1b[2J\x9b1m \u202egpj 燈 é")


def test_a_traceback_keeps_its_lines(log):
    logger, file = log
    try:
        raise ValueError("odd \x1b[2J")
    except ValueError:
        logger.exception("It could not be answered.")
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("It could not be answered.")
    assert (lines[1], lines[-1]) == ("Traceback (most recent call last):", r"ValueError: odd \x1b[2J")


@pytest.mark.parametrize(
    "text",
    [
        'site = "http://a.example"\nkey = ["mu_secret"]\n[list]\nfile = "a.csv"\n',
        'site = "http://a.example"\nkey = "mu_1"\n[list]\nsql = "SELECT 1"\nmodule = "x"\nconnect = "pw=mu_secret"\n',
    ],
)
def test_a_wrong_secret_is_not_told_again(tmp_path, text):
    file = tmp_path / "connector.toml"
    file.write_text(text)
    with pytest.raises(Unusable) as complaint:
        read_config(file)
    assert "of the wrong kind" in str(complaint.value)
    assert "mu_secret" not in str(complaint.value)
