"""From words to tokens, the same for the tree of signal codes and for wishes. Pure functions."""

from __future__ import annotations

from stores.queries.words import alternatives_of, pairs_of, parts_of

EMPTY = frozenset(
    "a an and any are as at be by can do for from get has have i in is it like looking me my need of on or our please "
    "some something that the to two three want wanted we with would you your size inch cm mm kg".split()
)
"""Words that say nothing about what is meant."""
MOST = 24


def tokens_in(text: str) -> list[str]:
    """Every word once, in its order, singular and folded; Chinese and Korean in pairs of characters."""
    found: dict[str, None] = {}
    for is_cjk, part in parts_of(text):
        if is_cjk:
            found.update(dict.fromkeys(pairs_of(part) if len(part) > 1 else [part]))
        elif part not in EMPTY and len(part) > 1:
            found[singular(part)] = None
    return list(found)[:MOST]


def singular(word: str) -> str:
    """`lamps` → `lamp`, `shelves` → `shelv`, `berries` → `berry`: only so that both sides cut alike."""
    short = alternatives_of(word)[-1][:60]
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return short[:-1] if short.endswith("ve") and word.endswith("ves") else short
