"""What several services of orders refuse, from the cart to a return, apart from the stock's own OutOfStock."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid, NotFound


class VariantNotSold(NotFound):
    """The goods, their store or its membership are not selling."""

    code = "not_sold"
    detail = _("This is not sold here any more.")


class BadQuantity(Invalid):
    """The quantity is no whole number that one line may hold."""

    code = "bad_quantity"
    detail = _("Choose a quantity from 1 to 999.")


class CartFull(DomainError):
    """The cart already holds as many lines as it may."""

    code = "cart_full"
    detail = _("A cart holds at most 100 different things. Please buy these first.")


class QuantityAgreed(Invalid):
    """Price and quantity were agreed with the store together."""

    code = "quantity_agreed"
    detail = _("Price and quantity of this were agreed together. Take it out, or ask the store again.")


class CartBought(DomainError):
    """The cart has become a purchase; what is bought next goes into a new one."""

    code = "cart_bought"
    detail = _("This cart has been bought already.")


class AmountTooLarge(DomainError):
    """The total is above what one purchase may come to."""

    code = "amount_too_large"
    detail = _("This amount is too large for one purchase. Please ask the stores.")


class CartNotReady(DomainError):
    """`missing` lists what has to be said or mended first: lines, contact, address, delivery, payment."""

    code = "cart_not_ready"
    detail = _("Something is still missing before this can be bought.")

    def __init__(self, missing: list[str]) -> None:
        super().__init__(missing=missing)


class ReviewChanged(DomainError):
    """`changes` are the sentences for the shopper; nothing was placed."""

    code = "review_changed"
    detail = _("Something has changed since you looked. Please check again: nothing was charged.")

    def __init__(self, changes: list[str | Promise]) -> None:
        self.changes = changes
        super().__init__(changes=[str(change) for change in changes])


class NotCancellable(DomainError):
    """The order has moved past the point to which whoever asks may cancel it."""

    code = "not_cancellable"
    detail = _("This order is already packed or on its way and can no longer be cancelled.")


class PiecesGone(DomainError):
    """Fewer of a line's pieces can be had back or called off than was asked; `line` and `left` say of which."""

    code = "pieces_gone"
    detail = _("Fewer pieces of this are left than you chose. Please look again.")


class SubstitutionOpen(DomainError):
    """Something else is offered for this line already."""

    code = "substitution_open"
    detail = _("Something else is offered for this already. Wait for the answer, or take the offer back.")


class GivesBackTooMuch(DomainError):
    """More would go back than was paid and is left; `left` is how much that is in minor units."""

    code = "gives_back_too_much"
    status = 422
    detail = _("This is more than was paid and not yet given back.")


class NotReturnable(DomainError):
    """It has not arrived, was not bought here, or the days are over; `until` is when it was still possible."""

    code = "not_returnable"
    detail = _("This cannot be given back here any more. Please ask the store.")


class DifferenceNotPaid(DomainError):
    """What is sent in exchange costs more, and the shopper has not paid the difference; `bill` is its number."""

    code = "difference_not_paid"
    detail = _("The shopper has not paid the difference yet. You can accept it when they have.")


class CaptureFailed(DomainError):
    """The provider did not collect the money, so the order was not accepted."""

    code = "capture_failed"
    detail = _("The payment could not be settled, so the order was not accepted. It stays as it is; try again later.")


class NotBookable(NotFound):
    """Not offered, only inside a conversation, or not with this variant."""

    code = "not_bookable"
    detail = _("This cannot be reserved here.")


class SlotTaken(DomainError):
    """Somebody was faster. `next` are the starts (RFC 3339, UTC) of the nearest free times; nothing was changed."""

    code = "slot_taken"
    detail = _("This time has just been taken. Please choose another one.")


class SlotNotOffered(DomainError):
    """Outside the opening hours, too soon, too far ahead. `next` as in SlotTaken."""

    code = "slot_not_offered"
    detail = _("This time is not offered. Please choose another one.")


class TooLateToChange(DomainError):
    """The store's rule for cancelling and moving; `until` is when it was still possible (RFC 3339, UTC)."""

    code = "too_late_to_change"
    detail = _("It is too late to change this here. Please call the store.")


class NotYourTurn(DomainError):
    """Nobody answers a proposal of their own."""

    code = "not_your_turn"
    detail = _("The other side has to answer first.")


class NotYet(DomainError):
    """`from` is when it becomes possible (RFC 3339, UTC)."""

    code = "not_yet"
    detail = _("This can be noted only when the time has come.")


class TooManyOpen(DomainError):
    """One person must not hold all of a store's hours by asking for them."""

    code = "too_many_open"
    detail = _("You are waiting for several answers from this store already. Please wait for one of them.")


class ProposalOver(DomainError):
    """It was declined, has expired or is ordered; `state` says which."""

    code = "proposal_over"
    detail = _("This price is not offered any more.")


class ProposalMoved(DomainError):
    """The other side named another price meanwhile; `price` (minor units) is what stands now."""

    code = "proposal_moved"
    detail = _("Another price has been named meanwhile. Please look again.")


class NoProposals(DomainError):
    """The store does not take offers for this."""

    code = "no_proposals"
    detail = _("The store does not take offers for this.")


class BeyondRights(DomainError):
    """Who talks to shoppers goes as low as the rule says; lower goes who may edit goods."""

    code = "beyond_rights"
    status = 403
    detail = _("This is below what you may agree to. Ask a colleague who sets the prices.")


class DraftOver(DomainError):
    """It was ordered, withdrawn, or has expired; `state` says which."""

    code = "draft_over"
    detail = _("This order is not waiting for you any more.")


class ChecklistOpen(DomainError):
    """`missing` are the lines that nobody has ticked."""

    code = "checklist_open"
    detail = _("Tick everything on the checklist first.")


class StepTaken(DomainError):
    """`by` is who has taken it, or to whom it was given meanwhile."""

    code = "step_taken"
    detail = _("Somebody else has taken this meanwhile.")
