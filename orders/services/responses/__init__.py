"""Customer responses: asked, answered, called to the union, resolved and rated."""

from orders.services.responses.asking import Subject, ask_store, take_in_review
from orders.services.responses.by_customer import (
    call_union,
    open_again,
    rate_response,
    say_it_is_settled,
    talk_about,
    write_more,
)
from orders.services.responses.by_store import (
    answer_response,
    assign_response,
    hand_back,
    note_response,
    pass_to_union,
    resolve_response,
    take_response,
)
from orders.services.responses.tending import close_settled, escalate_late

__all__ = [
    "Subject",
    "answer_response",
    "ask_store",
    "assign_response",
    "call_union",
    "close_settled",
    "escalate_late",
    "hand_back",
    "note_response",
    "open_again",
    "pass_to_union",
    "rate_response",
    "resolve_response",
    "say_it_is_settled",
    "take_in_review",
    "take_response",
    "talk_about",
    "write_more",
]
