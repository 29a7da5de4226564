"""Sign-in codes: issued, entered, counted, taken back; guessing is stopped."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.utils import timezone
from django_scopes import scopes_disabled

from chat.errors import TooMany
from chat.models import AccessCode, Campaign, CampaignDay, CodeUse, Conversation
from chat.queries.codes import CodeUnknown, figures_of, plain_code
from chat.queries.secrets import normalised
from chat.queries.shoppers import Shopper
from chat.queries.standing import codes_of, lists_of
from chat.services.codes import (
    Person,
    claim_codes,
    enter_code,
    issue_codes,
    issue_print_codes,
    mail_codes,
    note_scan,
    revoke_code,
    save_campaign,
)
from chat.services.presence import register_manager
from core.outbox import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, StoreFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db


def campaign_of(store, **fields):
    values = {"short": "spring", "name": "Spring letter", "kind": Campaign.Kind.LIST} | fields
    return save_campaign(union=store.union, store=store, campaign=None, actor=None, now=timezone.now(), **values)


def one(campaign, **fields):
    person = Person(name="Ada Lin", email="ada@example.com", language="en")
    [code] = issue_codes(campaign=campaign, persons=[person], now=timezone.now(), **fields)
    return code, plain_code(code, campaign.union)


def shopper(union, visitor="v1", **fields):
    return Shopper(union=union, visitor=visitor, **fields)


def test_code_is_short_with_a_check_and_only_its_hash_is_kept():
    store = StoreFactory(union=UnionFactory(prefix="KH"))
    code, plain = one(campaign_of(store))
    assert (len(plain), plain[:3], plain[-2]) == (13, "KH-", "-")
    kept = [str(value) for value in AccessCode.objects.filter(pk=code.pk).values_list().get()]
    assert not [value for value in kept if plain in value or plain[3:11] in value]


def test_typed_code_is_forgiven_its_spelling_and_not_its_errors():
    assert normalised("KH", "kh 7q2m4x9t " + check("7Q2M4X9T")) == f"KH-7Q2M4X9T-{check('7Q2M4X9T')}"
    assert normalised("KH", "7q2m4x9t" + check("7Q2M4X9T")) == f"KH-7Q2M4X9T-{check('7Q2M4X9T')}"
    assert normalised("KH", "7Q2M4X9S" + check("7Q2M4X9T")) == ""
    assert normalised("KH", "") == ""


def check(body):
    from core.references import check_character

    return check_character(body)


def test_entering_leads_to_the_item_and_the_right_representative():
    store = StoreFactory()
    product = ProductFactory(store=store, union=store.union)
    manager = register_manager(user=UserFactory(), union=store.union, store=store)
    code, plain = one(campaign_of(store, product=product, department="Silk", manager=manager))
    found, conversation = enter_code(shopper=shopper(store.union), text=plain.lower(), now=timezone.now())
    assert found.pk == code.pk
    assert (conversation.origin, conversation.department, conversation.wanted_id, conversation.priority) == (
        "code", "Silk", manager.user_id, 1,
    )  # fmt: skip
    assert [(m.kind, m.card) for m in conversation.messages.order_by("seq")][:2] == [
        ("product", {"product": product.pk}),
        ("system", {"what": "code", "name": "Spring letter"}),
    ]
    assert codes_of(shopper(store.union)) == {"spring"}
    assert lists_of(shopper(store.union)) == {"spring"}
    assert codes_of(shopper(store.union, "v2")) == frozenset()


def test_single_use_code_serves_its_shopper_again_and_nobody_else():
    store = StoreFactory()
    code, plain = one(campaign_of(store))
    first = enter_code(shopper=shopper(store.union), text=plain, now=timezone.now())[1]
    again = enter_code(shopper=shopper(store.union), text=plain, now=timezone.now())[1]
    assert again.pk == first.pk
    with pytest.raises(CodeUnknown):
        enter_code(shopper=shopper(store.union, "v2"), text=plain, now=timezone.now())
    code.refresh_from_db()
    assert (code.uses, CodeUse.objects.count(), Conversation.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("how", ["revoked", "expired", "campaign over", "campaign ended", "other union"])
def test_code_that_holds_no_more_opens_nothing(how):
    store, now = StoreFactory(), timezone.now()
    campaign = campaign_of(store)
    code, plain = one(campaign)
    union = store.union
    if how == "revoked":
        assert revoke_code(campaign=campaign, code_id=code.pk, now=now)
    elif how == "expired":
        AccessCode.objects.update(expires_at=now - timedelta(seconds=1))
    elif how == "campaign over":
        Campaign.objects.update(expires_at=now - timedelta(seconds=1))
    elif how == "campaign ended":
        Campaign.objects.update(ended_at=now)
    else:
        union = UnionFactory()
    with pytest.raises(CodeUnknown):
        enter_code(shopper=shopper(union), text=plain, now=now)
    assert (CodeUse.objects.count(), Conversation.objects.count()) == (0, 0)


def test_guessing_is_stopped_also_for_a_right_code():
    store = StoreFactory()
    _code, plain = one(campaign_of(store))
    guesser = shopper(store.union, "guesser-1", address="203.0.113.9")
    for _try in range(10):
        with pytest.raises(CodeUnknown):
            enter_code(shopper=guesser, text="KH-00000000-X", now=timezone.now())
    with pytest.raises(TooMany):
        enter_code(shopper=guesser, text=plain, now=timezone.now())
    assert CodeUse.objects.count() == 0


def test_issuing_again_adds_nobody_twice():
    campaign = campaign_of(StoreFactory())
    people = [Person(email="a@example.com"), Person(email="b@example.com", reference="7")]
    assert len(issue_codes(campaign=campaign, persons=people, now=timezone.now())) == 2
    assert issue_codes(campaign=campaign, persons=people, now=timezone.now()) == []
    assert AccessCode.objects.count() == 2


def test_mailing_asks_for_one_mail_each_once():
    campaign = campaign_of(StoreFactory())
    people = [Person(email="a@example.com"), Person(name="By post", address="Quay 1", reference="7")]
    issue_codes(campaign=campaign, persons=people, now=timezone.now())
    assert mail_codes(campaign=campaign, now=timezone.now()) == 1
    assert mail_codes(campaign=campaign, now=timezone.now()) == 0
    assert OutboxEvent.objects.filter(kind="chat.code_to_mail").count() == 1


def test_figures_count_scans_visitors_and_conversations():
    store = StoreFactory()
    campaign = campaign_of(store, kind=Campaign.Kind.PRINT)
    [code] = issue_print_codes(campaign=campaign, label="poster", quantity=1, now=timezone.now())
    for _scan in range(3):
        note_scan(code=code, now=timezone.now())
    for visitor in ("v1", "v2"):
        enter_code(shopper=shopper(store.union, visitor), text=plain_code(code, store.union), now=timezone.now())
    figures = figures_of(store.union, [campaign])[campaign.pk]
    assert (figures.issued, figures.scans, figures.visitors, figures.conversations, figures.orders) == (1, 3, 2, 2, 0)
    assert CampaignDay.objects.get().scans == 3


@pytest.mark.django_db(transaction=True)
def test_last_use_goes_to_one_of_many():
    store = StoreFactory()
    _code, plain = one(campaign_of(store))
    start, outcomes = Barrier(8), []

    def enter(number):
        try:
            start.wait()
            with scopes_disabled():
                enter_code(shopper=shopper(store.union, f"v{number}"), text=plain, now=timezone.now())
            outcomes.append("in")
        except CodeUnknown:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [Thread(target=enter, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", *["refused"] * 7]
    assert (AccessCode.objects.get().uses, CodeUse.objects.count()) == (1, 1)


def test_code_entered_before_sign_in_becomes_the_persons():
    store = StoreFactory()
    _code, plain = one(campaign_of(store))
    enter_code(shopper=shopper(store.union), text=plain, now=timezone.now())
    user = UserFactory()
    assert claim_codes(user=user, visitor="v1") == 1
    assert codes_of(shopper(store.union, "", user=user)) == {"spring"}
    assert codes_of(shopper(store.union)) == frozenset()
