"""What people fill in around conversations."""

from chat.forms.shopper import STARS, AddressForm, AttachmentForm, BeginForm, RatingForm, WriteForm

__all__ = ["STARS", "AddressForm", "AttachmentForm", "BeginForm", "RatingForm", "WriteForm"]
