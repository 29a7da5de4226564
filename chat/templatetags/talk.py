"""The words of the Talk button, for its scripts; on every page of a union, so made once per language."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from chat.presenting import call_words as words_of_calls
from chat.presenting import presence_words

register = template.Library()


@register.simple_tag
def talk_words() -> SafeString:
    """`<script type="application/json" id="talk-words">`."""
    return _talk_words(get_language())


@lru_cache(maxsize=32)
def _talk_words(_language: str | None) -> SafeString:
    words = {"presence": presence_words(), "the_store": gettext("The store"), "talk": gettext("Talk")}
    return json_script(words, "talk-words")


@register.simple_tag
def call_words() -> SafeString:
    """`<script type="application/json" id="call-words">`."""
    return json_script(words_of_calls(), "call-words")
