"""Conversations over the API: begun as a guest or customer, answered by a store's program, nobody else's."""

import pytest

from chat.models import Conversation, Manager, Message
from tests.api.client import Api, key_for
from tests.factories.accounts import UserFactory
from tests.factories.ascc import voucher as a_voucher
from tests.factories.stores import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


def code(response):
    return response.status_code, response.json().get("code")


@pytest.fixture
def store():
    return StoreFactory(slug="lamps")


def begun(store, **more):
    """A guest's conversation: (its reference, an API that holds its token)."""
    answer = Api(store.union).post("conversations/", {"store": store.slug, "text": "Still there?", "id": "a", **more})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    return told["ref"], Api(store.union, Conversation_Token=told["token"]), told


def program(store):
    return Api(store.union, key_for(store.union, store=store, scopes=["conversations:read", "conversations:write"]))


def test_a_guest_begins_and_a_program_answers(store):
    ref, guest, told = begun(store)
    assert (told["store"], told["state"]) == ("lamps", "missed")
    bot = program(store)
    assert [each["ref"] for each in bot.get("conversations/").json()["results"]] == [ref]
    assert code(bot.post(f"conversations/{ref}/messages/", {"id": "b", "text": "Yes"})) == (409, "wrong_state")
    assert bot.post(f"conversations/{ref}/accept/").json()["state"] == "active"
    said = bot.post(f"conversations/{ref}/messages/", {"id": "b", "text": "Yes"}).json()
    assert bot.post(f"conversations/{ref}/messages/", {"id": "b", "text": "Yes"}).json() == said
    heard = guest.get(f"conversations/{ref}/messages/").json()
    assert [(each["seq"], each["role"], each["kind"]) for each in heard["results"]] == [
        (1, "shopper", "text"), (2, "system", "system"), (3, "system", "system"), (4, "program", "text")
    ]  # fmt: skip
    assert (heard["results"][3]["id"], said["seq"], heard["next"]) == ("b", 4, None)
    manager = Manager.objects.get(store=store)
    assert (manager.is_program, manager.user.has_usable_password()) == (True, False)
    assert guest.post(f"conversations/{ref}/end/").json()["state"] == "ended"
    assert guest.post(f"conversations/{ref}/rate/", {"stars": 5, "words": "quick"}).json()["rating"] == 5
    assert code(guest.post(f"conversations/{ref}/messages/", {"id": "c", "text": "more"})) == (409, "ended")


def test_messages_come_in_pages_by_number(store):
    ref, guest, _told = begun(store)
    for number in range(4):
        guest.post(f"conversations/{ref}/messages/", {"id": f"m{number}", "text": f"{number}"})
    seen, address = [], f"conversations/{ref}/messages/?page_size=2"
    while address:
        page = guest.get(address).json()
        seen += [each["seq"] for each in page["results"]]
        address = page["next"] and page["next"].partition("/api/v1/unions/" + store.union.slug + "/")[2]
    assert seen == list(range(1, Message.objects.count() + 1))


def test_a_customer_goes_on_where_they_are(store):
    customer = Api(store.union, key_for(store.union, user=UserFactory(name="Ada")))
    first = customer.post("conversations/", {"store": "lamps", "text": "One", "id": "1"}).json()
    again = customer.post("conversations/", {"store": "lamps", "text": "Two", "id": "2"}).json()
    assert (first["ref"], again["token"]) == (again["ref"], None)
    assert Conversation.objects.get().shopper_name == "Ada"


def test_nobody_else_reads_or_speaks(store):
    ref, _guest, _told = begun(store)
    others = [
        program(StoreFactory(union=store.union)),
        Api(store.union, key_for(store.union, user=UserFactory())),
        Api(store.union),
        Api(store.union, Conversation_Token="x"),
        begun(store)[1],
    ]
    for other in others:
        assert code(other.get(f"conversations/{ref}/")) == (404, "not_found")
        assert code(other.get(f"conversations/{ref}/messages/")) == (404, "not_found")
        assert code(other.post(f"conversations/{ref}/messages/", {"id": "x", "text": "I"})) == (404, "not_found")
        assert code(other.post(f"conversations/{ref}/end/")) == (404, "not_found")
    assert Message.objects.filter(conversation__ref=ref, kind="text").count() == 1


def test_a_store_does_not_begin_and_a_shopper_does_not_accept(store):
    ref, guest, _told = begun(store)
    assert code(program(store).post("conversations/", {"store": "lamps", "text": "Hello"})) == (403, "not_allowed")
    assert code(guest.post(f"conversations/{ref}/accept/")) == (401, "key_missing")
    customer = Api(store.union, key_for(store.union, user=UserFactory()))
    mine = customer.post("conversations/", {"store": "lamps", "text": "One"}).json()["ref"]
    assert code(customer.post(f"conversations/{mine}/accept/")) == (403, "not_allowed")
    assert code(program(store).post(f"conversations/{mine}/rate/", {"stars": 5})) == (403, "not_allowed")


def test_presence_replies_and_settings(store):
    (presence,) = Api(store.union).get("presence/?store=lamps").json()["results"]
    assert (presence["store"], presence["state"], presence["voice"]) == ("lamps", "away", False)
    bot = program(store)
    made = bot.post("saved-replies/", {"shortcut": "hi", "text": "Hello {name}"})
    assert made.status_code == 201
    key = made.json()["id"]
    assert bot.ask("PUT", f"saved-replies/{key}/", {"shortcut": "hi", "text": "Hi"}).json()["text"] == "Hi"
    other = program(StoreFactory(union=store.union))
    assert code(other.ask("PUT", f"saved-replies/{key}/", {"shortcut": "hi", "text": "No"})) == (404, "not_found")
    assert code(other.ask("DELETE", f"saved-replies/{key}/")) == (404, "not_found")
    assert [each["text"] for each in bot.get("saved-replies/").json()["results"]] == ["Hi"]
    assert bot.ask("DELETE", f"saved-replies/{key}/").status_code == 204
    assert bot.ask("PATCH", "talk-settings/", {"video": False, "greeting": "Welcome"}).json()["video"] is False
    assert bot.get("talk-settings/").json()["greeting"] == "Welcome"
    assert code(bot.get("talk-settings/?store=other")) == (404, "not_found")


def test_a_customers_program_shows_their_own_voucher_and_nobody_elses(store):
    ada = UserFactory()
    mine, others = a_voucher(store, owner=ada), a_voucher(store, owner=UserFactory())
    customer = Api(store.union, key_for(store.union, user=ada))
    ref = customer.post("conversations/", {"store": "lamps", "text": "It flickers", "id": "1"}).json()["ref"]
    messages = f"conversations/{ref}/messages/"
    shown = {"id": "v", "kind": "voucher", "card": {"voucher": mine.code}}
    said = customer.post(messages, shown)
    assert said.status_code == 201 and customer.post(messages, shown).json() == said.json()
    (heard,) = [each for each in customer.get(messages).json()["results"] if each["kind"] == "voucher"]
    assert (heard["role"], heard["text"], heard["card"]) == ("shopper", mine.about, {"voucher": mine.code})

    for wrong, refusal in (
        ({"card": {"voucher": others.code}}, (404, "no_such_voucher")),
        ({"card": {}}, (404, "no_such_voucher")),
        ({"kind": "proposal", "card": {}}, (422, "invalid")),
        ({"kind": "text"}, (422, "invalid")),
        ({"kind": "product", "card": {"product": "nothing"}}, (404, "not_found")),
    ):
        assert code(customer.post(messages, {**shown, "id": "w", **wrong})) == refusal, wrong
    bot = program(store)
    bot.post(f"conversations/{ref}/accept/")
    assert code(bot.post(messages, {**shown, "id": "b"})) == (403, "not_allowed")
    assert Message.objects.exclude(kind="system").count() == 2
