"""A price that is talked about: where it stands, and what this reader can do with it now."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.utils import timezone

from chat.cards import Card, Reader, card, number_in, press, refusing
from chat.models import Message
from chat.queries.deals import proposal_in_conversation
from chat.services.agreeing import show_draft, show_proposal, step_id
from core.errors import Invalid
from core.money import format_money
from orders.forms.proposals import AnswerForm, PriceForm
from orders.models import PriceProposal
from orders.presenting.proposals import proposal_shown
from orders.services.drafts import draft_of_proposal
from orders.services.proposals import accept_price, counter_price, decline_price


@card("proposal")
def draw_proposal(message: Message, reader: Reader) -> Card:
    """`{"proposal": id}`: every step has its card; only the newest one asks for an answer."""
    proposal = proposal_in_conversation(reader.conversation, number_in(message, "proposal"))
    item = proposal_shown(proposal, side=reader.side, now=timezone.now())
    form = None
    # The word that came with what stands now, not the one with the first offer.
    item["note"] = proposal.steps.order_by("-id").values_list("note", flat=True).first()
    later = Message.objects.filter(conversation=reader.conversation, kind=message.kind, seq__gt=message.seq)
    if later.filter(card=message.card).exists():
        item = {**item, **_step(message, proposal), "moves": [], "until": None, "is_past": True}
    if "counter" in item["moves"]:
        form = reader.sent if isinstance(reader.sent, PriceForm) else _form(message, proposal)
    return Card("talk/cards/proposal.html", {"item": item, "form": form})


@press("proposal")
def press_proposal(message: Message, reader: Reader, sent: QueryDict, now: datetime) -> None:
    """`do`: accept, counter, decline, let_go, order."""
    proposal = proposal_in_conversation(reader.conversation, number_in(message, "proposal"))
    what = sent.get("do")
    form = _form(message, proposal, sent) if what == "counter" else AnswerForm(sent)
    with refusing(form):
        said, note = form.cleaned_data, form.cleaned_data["note"]
        match what:
            case "accept":
                accept_price(
                    proposal=proposal,
                    side=reader.side,
                    actor=reader.user,
                    now=now,
                    expected=said["expected"],
                    note=note,
                )
            case "counter":
                counter_price(
                    proposal=proposal,
                    price=said["price"],
                    side=reader.side,
                    actor=reader.user,
                    now=now,
                    expected=said["expected"],
                    note=note,
                )
            case "decline" | "let_go":
                decline_price(proposal=proposal, side=reader.side, actor=reader.user, now=now, note=note)
            case "order" if reader.is_shopper:
                draft = draft_of_proposal(proposal=proposal, actor=None, now=now)
                show_draft(draft_id=draft.pk, now=now)
            case _:
                raise Invalid(field="do")
    show_proposal(proposal_id=proposal.pk, now=now)


def _step(message: Message, proposal: PriceProposal) -> dict[str, str]:
    """What the step of this card was: an older card tells what was said then, the newest one how things stand."""
    step = next((each for each in proposal.steps.all() if step_id(step=each) == message.client_id), None)
    if step is None:
        return {}
    state = PriceProposal.State(step.to_state).label
    return {"price": format_money(step.price, proposal.currency), "state": str(state), "badge": "", "note": step.note}


def _form(message: Message, proposal: PriceProposal, sent: QueryDict | None = None) -> PriceForm:
    """Several cards of one proposal stand in a conversation, each with its own fields."""
    return PriceForm(sent, currency=proposal.currency, auto_id=f"id_{message.seq}_%s")
