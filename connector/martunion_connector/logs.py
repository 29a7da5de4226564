"""The log: on the terminal, and in a file that never grows without end."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from martunion_connector.config import Log
from martunion_connector.errors import Unusable


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
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
        logger.addHandler(handler)
