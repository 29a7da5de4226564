"""Beginning, reading and ending a conversation without scripts; what the window gets from the same addresses."""

import pytest
from django.core import mail
from django_scopes import scopes_disabled

from chat.models import Block, Conversation, Message, Participant, TalkSettings
from chat.services.mail import send_transcript
from tests.chat.shopping import browser, home, page
from tests.factories.accounts import UserFactory
from tests.factories.chat import ConversationFactory, said
from tests.factories.orders import NOW
from tests.factories.stores import ProductFactory, StoreFactory
from unions.middleware.visitor import COOKIE, visitor_in

pytestmark = pytest.mark.django_db

JSON = {"HTTP_ACCEPT": "application/json"}


def spoken(conversation):
    return list(Message.objects.filter(conversation=conversation).order_by("seq").values_list("kind", "text"))


def test_first_words_make_a_conversation_and_a_cookie():
    store = StoreFactory(name="Corner Bakery")
    client = browser(None)
    answer = client.post(home(store), {"store": store.slug, "text": "Is there rye?", "name": "Ada", "id": "one"})
    made = Conversation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page(made))
    assert visitor_in({COOKIE: client.cookies[COOKIE].value}) == made.visitor != ""
    assert (made.store, made.shopper_name, made.state) == (store, "Ada", "missed")
    assert spoken(made) == [("text", "Is there rye?"), ("system", "Nobody is here now.")]
    shown = client.get(page(made)).content.decode()
    assert "Is there rye?" in shown
    assert "Leave your e-mail address" in shown


def test_reading_the_form_sets_no_cookie():
    store = StoreFactory()
    client = browser(None)
    assert client.get(f"{home(store)}?store={store.slug}").status_code == 200
    assert client.get(f"{home(store)}window/?store={store.slug}").status_code == 200
    assert COOKIE not in client.cookies


def test_the_form_can_be_sent_as_it_comes():
    store = StoreFactory()
    client = browser(None)
    form = client.get(f"{home(store)}?store={store.slug}").context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {"text": "Hello"}
    assert client.post(home(store), sent).status_code == 302


def test_the_window_gets_the_conversation_as_a_frame():
    store = StoreFactory()
    answer = browser().post(home(store), {"store": store.slug, "text": "Hello", "id": "one"}, **JSON)
    frame = answer.json()
    assert (answer.status_code, frame["type"], frame["state"], frame["last_seq"]) == (200, "conversation", "missed", 2)
    assert frame["store"] == {"slug": store.slug, "name": store.name}


def test_sending_the_first_words_twice_is_once():
    store = StoreFactory()
    client = browser()
    for _ in range(2):
        client.post(home(store), {"store": store.slug, "text": "Hello", "id": "one"}, **JSON)
    made = Conversation.objects.get()
    assert [text for kind, text in spoken(made) if kind == "text"] == ["Hello"]


def test_a_product_that_is_looked_at_is_shown_before_the_words():
    store = StoreFactory()
    bread, foreign = ProductFactory(store=store, title="Rye"), ProductFactory(title="Elsewhere")
    browser().post(home(store), {"store": store.slug, "text": "This one?", "product": bread.pk, "id": "one"})
    assert spoken(Conversation.objects.get())[:2] == [("product", "Rye"), ("text", "This one?")]
    browser("v2").post(home(store), {"store": store.slug, "text": "That one?", "product": foreign.pk, "id": "two"})
    assert spoken(Conversation.objects.get(visitor="v2"))[0] == ("text", "That one?")


def test_no_words_begin_nothing():
    store = StoreFactory()
    answer = browser().post(home(store), {"store": store.slug, "text": "  "})
    assert answer.status_code == 422
    assert not Conversation.objects.exists()
    assert browser().post(home(store), {"store": store.slug, "text": ""}, **JSON).status_code == 422


def test_a_hidden_or_foreign_store_does_not_exist():
    hidden = StoreFactory(is_published=False)
    for store in (hidden, StoreFactory()):
        answer = browser().post(home(hidden), {"store": store.slug, "text": "Hello"})
        assert answer.status_code == 404
    assert not Conversation.objects.exists()


def test_who_is_blocked_begins_nothing():
    store = StoreFactory()
    Block.objects.create(union=store.union, store=store, visitor="v1", at=NOW)
    answer = browser().post(home(store), {"store": store.slug, "text": "Hello"}, **JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
    assert browser().post(home(store), {"store": store.slug, "text": "Hello"}).status_code == 422
    assert not Conversation.objects.exists()


def test_one_browser_begins_twelve_an_hour():
    store = StoreFactory()
    client = browser()
    answers = [client.post(home(store), {"store": store.slug, "text": f"No. {turn}"}, **JSON) for turn in range(13)]
    assert [answer.status_code for answer in answers] == [200] * 12 + [429]
    assert answers[-1].json()["code"] == "too_many"
    assert Message.objects.filter(kind="text").count() == 12


def test_departments_are_offered_where_the_store_has_some():
    store = StoreFactory()
    TalkSettings.objects.create(
        union=store.union, store=store, departments=["Cakes", "Repairs"], greeting="Welcome in."
    )
    shown = browser().get(f"{home(store)}?store={store.slug}").content.decode()
    assert "Repairs" in shown
    assert "Welcome in." in shown
    browser().post(home(store), {"store": store.slug, "text": "Hello", "department": "Repairs"})
    assert Conversation.objects.get().department == "Repairs"


def test_writing_on_the_page_without_scripts():
    conversation = ConversationFactory()
    answer = browser().post(page(conversation), {"text": "And with rye?", "id": "x"})
    assert (answer.status_code, answer["Location"]) == (302, page(conversation) + "#write")
    browser().post(page(conversation), {"text": "And with rye?", "id": "x"})
    assert spoken(conversation) == [("text", "And with rye?")]


def test_an_ended_conversation_takes_no_words_and_says_so():
    conversation = ConversationFactory()
    assert browser().post(page(conversation, "end/")).status_code == 302
    answer = browser().post(page(conversation), {"text": "One more", "id": "x"})
    assert answer.status_code == 422
    assert "This conversation has ended." in answer.content.decode()
    assert [kind for kind, _text in spoken(conversation)] == ["system"]


def test_rating_once_with_a_word():
    conversation = ConversationFactory()
    said(conversation, "Yes, until six.", by="manager")
    browser().post(page(conversation, "end/"))
    sent = {"stars": "4", "words": "quick"}
    assert browser().post(page(conversation, "rate/"), sent, **JSON).json()["rating"] == 4
    again = browser().post(page(conversation, "rate/"), {"stars": "1"}, **JSON)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    conversation.refresh_from_db()
    assert (conversation.rating, conversation.rating_words) == (4, "quick")


def test_a_notice_is_no_answer():
    store = StoreFactory()
    browser().post(home(store), {"store": store.slug, "text": "Hello"})
    made = Conversation.objects.get()
    assert (made.state, made.answered_at, made.store_wrote_at) == ("missed", None, None)
    assert browser().post(page(made, "rate/"), {"stars": "5"}, **JSON).status_code == 409


def test_an_address_for_the_answer():
    conversation = ConversationFactory()
    refused = browser().post(page(conversation, "address/"), {"email": "ada@"}, **JSON)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["email"])
    assert browser().post(page(conversation, "address/"), {"email": "ada@mail.example"}, **JSON).json()["has_email"]
    conversation.refresh_from_db()
    assert conversation.shopper_email == "ada@mail.example"


def test_transcript_by_mail_in_the_shoppers_language():
    conversation = ConversationFactory(language="en", shopper_email="ada@mail.example")
    said(conversation, "Is there rye?")
    said(conversation, "Until six.", by="manager")
    send_transcript(conversation=conversation, to=conversation.shopper_email)
    (letter,) = mail.outbox
    assert letter.to == ["ada@mail.example"]
    assert letter.subject == f"Your conversation with {conversation.store.name}"
    assert "You: Is there rye?" in letter.body
    assert "Mrs. Lin: Until six." in letter.body
    assert f"{page(conversation)}?open=1" in letter.body
    opened = browser().get(f"{page(conversation)}?open=1").content.decode()
    assert f'data-conversation="{conversation.ref}"' in opened
    assert "data-conversation" not in browser().get(page(conversation)).content.decode()


@pytest.mark.parametrize("rest", ["", "end/", "rate/", "address/", "transcript/", "attachments/", "cards/1/"])
def test_a_conversation_is_there_for_its_shopper_only(rest):
    conversation = ConversationFactory(customer=None)
    said(conversation, "a secret")
    before = Conversation.objects.filter(pk=conversation.pk).values().get()
    for client in (browser("v2"), browser(None), browser("v2", user=UserFactory())):
        for method in ("get", "post"):
            answer = getattr(client, method)(page(conversation, rest), {} if method == "get" else {"text": "mine"})
            assert answer.status_code in (404, 405), (rest, method)
    assert Conversation.objects.filter(pk=conversation.pk).values().get() == before
    assert Message.objects.count() == 1


def test_a_claimed_conversation_no_longer_opens_by_the_browser_alone():
    user = UserFactory()
    conversation = ConversationFactory(customer=user)
    assert browser("v1").get(page(conversation)).status_code == 404
    assert browser("v9", user=user).get(page(conversation)).status_code == 200
    assert page(conversation) in browser("v9", user=user).get("/account/conversations/").content.decode()


def test_signing_in_takes_the_conversations_along():
    user = UserFactory(password="open-the-market-7")
    user.set_password("open-the-market-7")
    user.save()
    user.emailaddress_set.update(verified=True, primary=True)
    conversation = ConversationFactory()
    client = browser()
    answer = client.post("/account/login/", {"login": user.email, "password": "open-the-market-7"})
    assert answer.status_code == 302
    conversation.refresh_from_db()
    assert (conversation.customer, conversation.shopper_email) == (user, user.email)
    assert Participant.objects.get(conversation=conversation, role="shopper").user == user
    assert client.get(page(conversation)).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_conversations_costs_the_same_however_long(count, django_assert_num_queries):
    user = UserFactory()
    for _ in range(count):
        ConversationFactory(customer=user)
    client = browser(user=user)
    client.get("/account/conversations/")
    with django_assert_num_queries(4):
        client.get("/account/conversations/")


@pytest.mark.parametrize("count", [1, 3])
def test_a_transcript_costs_the_same_however_long(count, django_assert_num_queries):
    conversation = ConversationFactory()
    for turn in range(count):
        said(conversation, f"No. {turn}")
        said(conversation, "Rye", kind="product", card={"product": turn})
    client = browser()
    with scopes_disabled():
        client.get(page(conversation))
        with django_assert_num_queries(9):
            client.get(page(conversation))
