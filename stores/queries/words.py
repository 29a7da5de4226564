"""What a text is found by: folded words, single characters and pairs of Chinese and Korean, letter triples.

Pure functions, shared by indexing and by searching so that both cut a text in the same way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

LONGEST_WORD = 60
RUNS = re.compile(r"[^\W_]+")
CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31a0-\u31bf"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
PARTS = re.compile(f"[{CJK}]+|[^{CJK}]+")
IS_CJK = re.compile(f"[{CJK}]")


def fold(text: str) -> str:
    """Small letters without accents; Hangul and Han stay whole (`Café` → `cafe`, `한글` → `한글`)."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    if apart.isascii():
        return apart
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


def parts_of(text: str) -> Iterator[tuple[bool, str]]:
    """The runs of letters and digits of a folded text: (whether it is Chinese, Japanese or Korean, run)."""
    for run in RUNS.findall(fold(text)):
        for part in PARTS.findall(run):
            yield bool(IS_CJK.match(part)), part


def pairs_of(run: str) -> list[str]:
    """`手工茶` → `手工`, `工茶`."""
    return [run[index : index + 2] for index in range(len(run) - 1)]


def tokens_of(text: str) -> Iterator[str]:
    """Every token under which a text is to be found."""
    for is_cjk, part in parts_of(text):
        if is_cjk:
            yield from part
            yield from pairs_of(part)
        else:
            yield part[:LONGEST_WORD]


def words_of(text: str) -> list[str]:
    """The words of a text in which a typing error can be mended: letters only, four or more of them."""
    return [part for is_cjk, part in parts_of(text) if not is_cjk and 4 <= len(part) <= LONGEST_WORD and part.isalpha()]


def wanted_tokens(text: str, limit: int = 12) -> list[tuple[str, bool]]:
    """What a search asks for: (token, whether more letters may follow); all of them must be found."""
    found: dict[str, bool] = {}
    for is_cjk, part in parts_of(text):
        if not is_cjk:
            found[part[:LONGEST_WORD]] = True
        elif len(part) == 1:
            found[part] = False
        else:
            found.update(dict.fromkeys(pairs_of(part), False))
    return list(found.items())[:limit]


def alternatives_of(token: str) -> list[str]:
    """The token, and without the ending of an English plural: `cups` also means `cup`, `berries` also `berry`."""
    if len(token) > 4 and token.endswith("ies"):
        return [token, token[:-3] + "y"]
    if len(token) > 3 and token.endswith("s") and not token.endswith("ss"):
        return [token, token[:-1]]
    return [token]


def triples_of(word: str) -> list[str]:
    """Letter triples of a word with its edges: `tea` → ` te`, `  t`, `ea `, `tea`."""
    padded = f"  {word} "
    return sorted({padded[index : index + 3] for index in range(len(padded) - 2)})


@lru_cache(maxsize=4096)
def distance(first: str, second: str, most: int) -> int:
    """Typing errors between two words (a letter missing, added, wrong, two swapped), `most + 1` when there are more."""
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        before, previous, row = row, before, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def nearest_word(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant: one error in a short word, two in one of six letters or more."""
    most = 2 if len(word) >= 6 else 1
    measured = [
        (distance(word, candidate, most), abs(len(candidate) - len(word)), candidate) for candidate in candidates
    ]
    close = sorted(entry for entry in measured if entry[0] <= most)
    return close[0][2] if close else None
