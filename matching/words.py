"""From words to tokens, the same for the tree of signal codes and for wishes. Pure functions.

A title names one thing or several (`Beds & Bed Frames`), and what stands last in each says what it is. A wish names its
thing before `with`, `for`, `of`; colours and materials say little. Two words beside each other are a token of their own
(`day bed` → `daybed`); Chinese and Korean are cut into pairs of characters.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from stores.queries.words import IS_CJK, LONGEST_WORD, alternatives_of, fold, pairs_of, parts_of

EMPTY = frozenset(
    "a an and any are as at be by can do for from get has have i in is it like looking me my need of on or our please "
    "some something that the to two three want wanted we with would you your size inch cm mm kg set other small large "
    "big best cheap good nice new".split()
)
"""Words that say nothing about what is meant."""
LOOKS = frozenset(
    "black white gray grey red blue green yellow orange brown pink purple teal navy gold silver bronze brass chrome "
    "copper turquoise beige cream ivory wood wooden oak walnut teak metal steel stainless iron leather faux velvet "
    "linen cotton wool plastic marble rattan wicker bamboo acrylic tufted upholstered modern vintage antique rustic "
    "farmhouse industrial traditional contemporary bohemian boho luxury elegant unique decorative round square solid "
    "rectangular double single twin full queen king wide low high heavy duty bright lightweight dark multi color "
    "colour handmade "
    "living home accent style piece adjustable folding portable used second hand front side free standing child "
    "children men women lady girl boy adult".split()
)
"""Words that say how a thing looks, for whom or where it is: they rarely say what it is."""
SAME = {
    word: first
    for first, *others in (
        ("sofa", "couch", "settee"),
        ("television", "tv", "telly"),
        ("refrigerator", "fridge"),
        ("bookcase", "bookshelf"),
        ("rug", "carpet"),
        ("trash", "garbage", "rubbish"),
        ("faucet", "tap"),
        ("curtain", "drape"),
        ("wardrobe", "armoire"),
        ("nightstand", "bedsidetable"),
        ("consoletable", "entrytable", "entrancetable"),
        ("bicycle", "bike"),
        ("stroller", "pram", "pushchair"),
        ("diaper", "nappy"),
        ("jewelry", "jewellery"),
        ("tire", "tyre"),
        ("decor", "decoration"),
        ("lighting", "lightfixture"),
    )
    for word in others
}
"""Words of one meaning, each as the first of them."""
AND = re.compile(r"[&,/()、·]|\s(?:and|or|for)\s|\s및\s|[與及]", re.IGNORECASE)
THEN = re.compile(r"[,;]|\b(?:with|for|of|from|to|in|by|without|that|and|or)\b", re.IGNORECASE)
MOST, MOST_WORDS = 40, 24
OTHER, SHORTER, SEVERAL, BESIDE, SHARED = 0.5, 0.65, 0.3, 1.2, 0.6
"""Of a title: a word that does not stand last; how much less each of n words says; of n things; two words beside each
other; the pairs of characters of one word."""
LAST, AFTER, LOOKING, ONE_SIGN = 1.5, 0.8, 0.35, 0.4
"""Of a wish: the thing; what comes after `with`; looks; a single Chinese or Korean character."""


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """`lamps` → `lamp`, `shelves` → `shelf`, `berries` → `berry`: only so that both sides cut alike."""
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if word.endswith("ves") and len(word) > 5:
        return word[:-3] + "f"
    return alternatives_of(word)[-1][:LONGEST_WORD]


def tokens_in(text: str) -> list[str]:
    """Every word of a wish as a stock is searched for it: once, singular, folded; Chinese and Korean in pairs."""
    found: dict[str, None] = {}
    for word in words_in(text):
        if not IS_CJK.match(word):
            # A beginning: `shelv` also finds `shelves`.
            found[word[:-2] if word.endswith("ves") else singular(word)] = None
        else:
            found.update(dict.fromkeys(pairs_of(word) if len(word) > 1 else [word]))
    return list(found)[:MOST_WORDS]


def same(word: str) -> str:
    """The word that stands for all of its meaning: `couch` → `sofa`."""
    return SAME.get(word, word)


def words_in(text: str) -> list[str]:
    """The words of a text that say something, in their order, as they are written; Chinese and Korean in runs."""
    found = []
    for is_cjk, part in parts_of(text.replace("'s ", " ").replace("’s ", " ")):
        if is_cjk or (len(part) > 1 and part not in EMPTY):
            found.append(part[:LONGEST_WORD])
    return found


def title_tokens(title: str, *, scale: float = 1.0, is_words: bool = False) -> dict[str, float]:
    """How strongly a title speaks of each token. `is_words`: it is one of the words that people say for it."""
    things = [words for words in map(words_in, AND.split(title)) if words]
    found: dict[str, float] = {}
    if not things:
        return found
    tail = things[-1]
    many = 1.0 if is_words else float(len(things) ** -SEVERAL)
    for place, words in enumerate(things):
        # `Chair & Sofa Covers` is about covers; `Rugs & Carpet Pads` is about rugs, too.
        shared = place < len(things) - 1 and len(tail) > 1 and not _is_plural(words[-1]) and _is_plural(tail[-1])
        strength = scale * many * (len(words) + shared) ** -SHORTER
        cut = [word if IS_CJK.match(word) else singular(word) for word in words]
        for index, word in enumerate(cut):
            is_thing = index == len(cut) - 1 and not shared
            _put(found, word, strength * (1.0 if is_thing else OTHER))
        for beside in _pairs(cut + ([singular(tail[-1])] if shared else [])):
            _raise(found, same(beside), strength * BESIDE)
    return found


def wish_tokens(text: str) -> dict[str, float]:
    """How much each token of a wish counts."""
    found: dict[str, float] = {}
    parts = [words for words in map(words_in, THEN.split(fold(text))) if words]
    for place, words in enumerate(parts):
        weight = 1.0 if place == 0 else AFTER
        cut = [word if IS_CJK.match(word) else singular(word) for word in words]
        things = [index for index, word in enumerate(cut) if word not in LOOKS]
        thing = things[-1] if things else len(cut) - 1
        for index, word in enumerate(cut):
            share = weight * (LAST if index == thing else LOOKING if word in LOOKS else 1.0)
            if IS_CJK.match(word):
                for token in (word, *pairs_of(word)):
                    _raise(found, token, share)
                for sign in word if len(word) > 1 else "":
                    _raise(found, sign, share * ONE_SIGN)
            else:
                _raise(found, same(word), share)
        for index, beside in enumerate(_pairs(cut)):
            _raise(found, same(beside), weight * (LAST if index + 1 == thing else 1.0))
    return dict(list(found.items())[:MOST])


def _pairs(words: list[str]) -> list[str]:
    """Two words beside each other as one: `day bed` → `daybed`."""
    return [(first + second)[:LONGEST_WORD] for first, second in itertools.pairwise(words)]


def _put(found: dict[str, float], word: str, strength: float) -> None:
    if not IS_CJK.match(word):
        _raise(found, same(word), strength)
        return
    pairs = pairs_of(word)
    _raise(found, word, strength if len(word) < 3 else strength / 2)
    if len(word) > 2:
        for pair in pairs:
            _raise(found, pair, strength * float(len(pairs) ** -SHARED))


def _raise(found: dict[str, float], token: str, to: float) -> None:
    if to > found.get(token, 0.0):
        found[token] = to


def _is_plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss")
