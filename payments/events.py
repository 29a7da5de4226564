"""What this app publishes. Payloads are ids and the opaque reference that a higher app gave."""

REQUEST_AUTHORIZED = "payments.request_authorized"
REQUEST_FAILED = "payments.request_failed"
SPLIT_CAPTURED = "payments.split_captured"
SPLIT_VOIDED = "payments.split_voided"
REFUND_DONE = "payments.refund_done"
PAYOUT_PAID = "payments.payout_paid"
PAYOUT_FAILED = "payments.payout_failed"
