"""Programs and vouchers in words, for pages, mails and papers."""

from ascc.presenting.programs import covers_text, length_text, promise_shown, visits_text
from ascc.presenting.vouchers import state_now, state_words, timeline_shown, voucher_shown

__all__ = [
    "covers_text",
    "length_text",
    "promise_shown",
    "state_now",
    "state_words",
    "timeline_shown",
    "visits_text",
    "voucher_shown",
]
