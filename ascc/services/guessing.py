"""Against guessing codes of vouchers: wrong ones are counted per API key and network address and then refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ascc.errors import NoSuchVoucher
from ascc.services.confirming import WrongCode
from ascc.services.tokens import BadToken, StaleToken
from chat.services.guessing import count_wrong_code, refuse_guessers

WRONG = (20, 900)
"""Wrong codes and tokens of one key in so many seconds; of one network address five times as many."""


@contextmanager
def guesses_counted(*, visitor: str, address: str | None) -> Iterator[None]:
    """Within the block each code that is not there, token that is not ours and wrong one-time code is counted; a token
    of an earlier handing is nobody's guess.

    Raises TooMany for who has tried too many lately, before anything is looked up.
    """
    refuse_guessers(visitor=visitor, address=address, what="voucher", limit=WRONG)
    try:
        yield
    except StaleToken:
        raise
    except (NoSuchVoucher, BadToken, WrongCode):
        count_wrong_code(visitor=visitor, address=address, what="voucher", limit=WRONG)
        raise
