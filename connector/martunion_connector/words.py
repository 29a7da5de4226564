"""From a wish and from a title to the words that they share."""

from __future__ import annotations

import re
import unicodedata

EMPTY = frozenset(
    "a am an and any are as at be buy by can do find for from get good has have i in is it like looking me my need "
    "nice of on one or our please some something that the this to two three want wanted we with would you your".split()
)
"""Words that say nothing about what is meant."""
_CJK = r"\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_PARTS = re.compile(rf"([{_CJK}]+)|((?:[^\W_{_CJK}]|['’](?=[^\W_]))+)")


def words_in(text: str) -> set[str]:
    """The significant words, small and singular; Chinese, Japanese and Korean in pairs of characters."""
    found = set()
    for cjk, word in _PARTS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if cjk:
            found |= {cjk[at : at + 2] for at in range(len(cjk) - 1)} or {cjk}
        elif word not in EMPTY:
            found.add(singular(_plain(word)))
    return found


def _plain(word: str) -> str:
    """Without accents and without what hangs on an apostrophe: `café` is `cafe`, `men's` is `men`."""
    bare = re.sub(r"['’]s?$", "", word).replace("'", "").replace("’", "")
    return "".join(one for one in unicodedata.normalize("NFD", bare) if not unicodedata.combining(one))


def singular(word: str) -> str:
    """`lamps` → `lamp`, `shelves` → `shelf`, `berries` → `berry`; only so that both sides are cut alike."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if word.endswith("lves") or word in {"knives", "wives", "loaves", "leaves"}:
        return word[:-3] + ("fe" if word in {"knives", "wives"} else "f")
    return word[:-1]
