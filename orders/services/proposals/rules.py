"""What a store decides about offers for its goods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import Invalid, constraint_of
from core.references import new_secret
from orders.models import ProposalRule
from stores.models import Product, Store

KEY_LENGTH = 9
"""Random bytes in a key of an address."""


@dataclass(frozen=True, slots=True)
class PriceRules:
    """Prices of one piece in minor units; None: nothing is decided about that. Times in minutes."""

    accept_from: int | None = None
    counter_with: int | None = None
    floor: int | None = None
    most_rounds: int = 3
    answer_minutes: int = 24 * 60
    hold_minutes: int = 24 * 60
    is_active: bool = True


@transaction.atomic
def save_rule(
    *,
    store: Store,
    rules: PriceRules,
    actor: User | None,
    now: datetime,
    rule: ProposalRule | None = None,
    product: Product | None = None,
) -> ProposalRule:
    """Let shoppers name a price for a product, or change what is answered. Raises Invalid."""
    if rule is None:
        if product is None or product.store_id != store.pk:
            raise Invalid(_("Choose one of your goods."), field="product")
        rule = ProposalRule(union_id=store.union_id, store=store, product=product, key=new_secret(KEY_LENGTH))
    for name in PriceRules.__dataclass_fields__:
        setattr(rule, name, getattr(rules, name))
    for name in ("answer_minutes", "hold_minutes"):
        if not 5 <= getattr(rule, name) <= 30 * 24 * 60:
            raise Invalid(_("Between 5 minutes and 30 days."), field=name)
    try:
        rule.clean_fields(exclude=["union", "store", "product", "variant", "key"])
        with transaction.atomic():
            rule.save()
    except ValidationError as error:
        name, words = next(iter(error.message_dict.items()))
        raise Invalid(words[0], field=name) from error
    except IntegrityError as error:
        name = constraint_of(error) or ""
        if name == "proposal_rule_product_once":
            raise Invalid(_("There is a rule for this already; change that one."), field="product") from error
        if name in {"proposal_rule_accepts_above_floor", "proposal_rule_counters_above_floor"}:
            field = "accept_from" if "accepts" in name else "counter_with"
            raise Invalid(_("This is below what you decline."), field=field) from error
        raise
    return rule


def remove_rule(*, rule: ProposalRule, actor: User | None, now: datetime) -> None:
    """Offers for it are answered by people, and only in conversations."""
    ProposalRule.objects.filter(union_id=rule.union_id, pk=rule.pk).delete()
