"""The log: on the terminal, and in a file that never grows without end."""

from __future__ import annotations

import logging
from copy import copy
from logging.handlers import RotatingFileHandler

from martunion_connector.config import Log
from martunion_connector.errors import Unusable


class OneLine(logging.Formatter):
    """What shoppers wrote is told on one line and commands no terminal: signs that do not print are written out."""

    def format(self, record: logging.LogRecord) -> str:
        """Only a traceback has lines of its own."""
        told = copy(record)
        told.msg, told.args = _written_out(record.getMessage()), ()
        return "\n".join(map(_written_out, super().format(told).split("\n")))


def _written_out(text: str) -> str:
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def begin_log(log: Log) -> None:
    """Write what the connector does. Raises Unusable."""
    logger = logging.getLogger("martunion")
    logger.setLevel(logging.INFO)
    logger.handlers.clear()
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if log.file is not None:
        try:
            log.file.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(
                RotatingFileHandler(
                    log.file, maxBytes=int(log.megabytes * 1_000_000), backupCount=log.keep, encoding="utf-8"
                )
            )
        except OSError as error:
            raise Unusable(f"The log {log.file} cannot be written: {error}.") from None
    for handler in handlers:
        handler.setFormatter(OneLine("%(asctime)s %(levelname)-7s %(message)s"))
        logger.addHandler(handler)
