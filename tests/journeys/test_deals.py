"""Bought and haggled in the conversation: a manager at the console and a shopper on a phone, in two real browsers."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import Looker, sign_in
from tests.journeys.test_console import CONSOLE, log_in, log_out, pane
from tests.journeys.test_first_sale import manager_of
from tests.journeys.test_talk import STORE, STREET, UNION, open_window, write

pytestmark = pytest.mark.timeout(500)

SHOPPER = "hannah.trewin@mail.example"
"""Of the demo: with an address and an authenticated account at the bank."""
BOUGHT = """
import json
from orders.models import Purchase
from payments.models import PaymentRequest
found = Purchase.objects.filter(conversation={ref!r}).order_by("id")
print(json.dumps([
    {{"total": each.total, "origin": each.origin, "user": each.user and each.user.email,
      "orders": [[order.state, order.store.slug, [[line.title, line.quantity, line.unit_price]
                  for line in order.lines.order_by("id")]] for order in each.orders.all()],
      "payments": PaymentRequest.objects.filter(reference=each.number).count()}} for each in found]))
"""
RULE = """
from django.utils import timezone
from orders.models import ProposalRule
from orders.services.proposals.rules import PriceRules, save_rule
from stores.models import Product
goods = Product.objects.select_related("store__union").filter(union__slug={union!r}, store__slug={store!r})
product = goods.get(slug={slug!r})
price = product.price_from * 9 // 10
rules = PriceRules(accept_from=price, counter_with=price)
ProposalRule.objects.filter(product=product).delete()
save_rule(store=product.store, product=product, rules=rules, actor=None, now=timezone.now())
print(product.price_from)
"""


def bought(live_site, ref):
    """The purchases that came of a conversation, with what they hold."""
    return json.loads(live_site.python(BOUGHT.format(ref=ref)))


def take(desk):
    """Accept what is offered; the reference of the conversation."""
    button = desk.locator("[data-accept]")
    ref = button.get_attribute("data-accept")
    button.click()
    expect(pane(desk).get_by_label("Your message")).to_be_focused()
    return ref


def newest_card(place, kind):
    return place.locator(f'.card[data-kind="{kind}"]').last


def end(desk):
    desk.once("dialog", lambda asked: asked.accept())
    pane(desk).get_by_label("More").click()
    pane(desk).get_by_role("button", name="End the conversation").click()


def test_a_manager_composes_an_order_and_the_shopper_pays_it_in_the_window(live_site, new_page):
    looker = Looker()
    desk, phone = looker.watch(new_page(locale="en-GB")), new_page(phone=True, locale="en-GB")
    sign_in(desk, manager_of(live_site, STORE), then=CONSOLE)
    log_in(desk)
    sign_in(phone, SHOPPER, then=STREET)
    window = open_window(phone)
    write(window, "Two loaves and a box around them?")
    ref = take(desk)

    # Two lines, a price of its own, a way of delivery and a word. What is wrong is said beside its field.
    pane(desk).get_by_role("button", name="Order").click()
    box = desk.get_by_role("dialog", name="Compose an order")
    search = box.get_by_label("Add goods by name or number")
    expect(search).to_be_focused()
    box.get_by_role("button", name="Send it to confirm").click()
    expect(box.get_by_text("Put something into the order first.")).to_be_visible()
    search.fill("sourdough")
    good = box.locator("[data-good]").filter(has_text=re.compile("sourdough", re.IGNORECASE)).first
    expect(good).to_be_enabled()
    good.click()
    line = box.locator("[data-lines] > li").first
    line.get_by_label("Quantity").fill("2")
    line.get_by_label("Price of one").fill("3,1o")
    box.get_by_role("button", name="Add something in your own words").click()
    extra = box.locator("[data-lines] > li").nth(1)
    extra.get_by_label("What it is").fill("Gift box with a ribbon")
    way = box.get_by_label("Delivery")
    way.select_option(label=way_to_the_door(way))
    box.get_by_label("A word to the shopper").fill("As we said: with a ribbon.")
    box.get_by_role("button", name="Send it to confirm").click()
    expect(line.get_by_label("Price of one")).to_have_attribute("aria-invalid", "true")
    expect(line.get_by_text("This is no amount in this currency.")).to_be_visible()
    expect(extra.get_by_text("Name a price.")).to_be_visible()
    looker.look_at(desk, "composing with errors")
    line.get_by_label("Price of one").fill("3.10")
    extra.get_by_label("Price of one").fill("1.50")
    # Put away and taken up again, also after the page was loaded anew: nothing typed is lost.
    desk.keyboard.press("Escape")
    desk.reload()
    pane(desk).get_by_role("button", name="Order").click()
    expect(line.get_by_label("Price of one")).to_have_value("3.10")
    expect(extra.get_by_label("What it is")).to_have_value("Gift box with a ribbon")
    expect(box.get_by_label("A word to the shopper")).to_have_value("As we said: with a ribbon.")
    total = box.locator("[data-total]").inner_text()
    box.get_by_role("button", name="Send it to confirm").click()
    expect(box).to_be_hidden()

    # The shopper sees all of it, with the same total, and says where to; a wrong entry loses nothing.
    card = newest_card(window, "order")
    expect(card).to_contain_text("Gift box with a ribbon")
    expect(card).to_contain_text("As we said: with a ribbon.")
    expect(card.locator(".summary .total")).to_contain_text(total)
    email = card.get_by_label("E-mail")
    expect(email).to_have_value(SHOPPER)
    expect(card.get_by_label("Street and number")).to_have_value("12 Daniell Road")
    expect(card.get_by_label(re.compile("^Current account"))).to_be_checked()
    email.fill("hannah.trewin@mail")
    card.get_by_label("A word to the stores").fill("The green door")
    confirm = card.get_by_role("button", name=f"Pay {total}")
    confirm.click()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_value("hannah.trewin@mail")
    expect(card.get_by_label("A word to the stores")).to_have_value("The green door")
    looker.look_at(phone, "the verifying card with an error")
    email.fill(SHOPPER)
    expect(confirm).to_be_visible()
    looker.look_at(phone, "the verifying card")
    assert bought(live_site, ref) == []

    # Confirmed, and the network goes before the answer has come: the server has it, the phone does not.
    address = re.compile(rf"/{ref}/cards/\d+/$")

    def cut(route):
        if route.request.method == "POST":
            route.fetch()
            phone.context.set_offline(True)
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.route(address, cut)
    confirm.click()
    expect(card.get_by_text("That did not work. Nothing was lost: please try again.")).to_be_visible()
    phone.unroute(address, cut)
    phone.context.set_offline(False)
    # Back again, the card shows by itself what was bought; the manager sees it too.
    expect(card.locator(".badge")).to_have_text(re.compile("^Paid"), timeout=60_000)
    expect(newest_card(pane(desk), "order").locator(".badge")).to_have_text(re.compile("^paid", re.IGNORECASE))
    looker.look_at(phone, "what was bought")
    [purchase] = bought(live_site, ref)
    assert (purchase["origin"], purchase["user"], purchase["payments"]) == ("conversation", SHOPPER, 1)
    [[state, store, lines]] = purchase["orders"]
    assert (state, store) == ("paid", STORE)
    assert [(quantity, price) for _title, quantity, price in lines] == [(2, 310), (1, 150)]
    assert total == f"£{purchase['total'] / 100:.2f}"
    # An order like any other, on both sides.
    number = re.search(r"Order (\S+)", card.inner_text())[1]
    track = card.get_by_role("link", name=number).get_attribute("href").partition("#")[0]
    end(desk)
    log_out(desk)
    desk.goto(f"/manage/{UNION}/{STORE}/orders/")
    expect(desk.get_by_role("link", name=number)).to_be_visible()
    phone.goto("/account/orders/")
    expect(phone.locator(f'main a[href="{track}"]').first).to_be_visible()
    assert looker.found == []


def way_to_the_door(field):
    """What the list calls the parcel, with its price."""
    return next(text for text in field.locator("option").all_inner_texts() if text.startswith("Post to your door"))


def test_a_price_is_offered_countered_agreed_and_bought_once(live_site, new_page):
    looker = Looker()
    desk, phone = looker.watch(new_page(locale="en-GB")), new_page(phone=True, locale="en-GB")
    sign_in(desk, manager_of(live_site, STORE), then=CONSOLE)
    log_in(desk)
    sign_in(phone, SHOPPER, then=f"{STREET}sourdough/")
    window = open_window(phone)
    write(window, "Would you take a little less?")
    ref = take(desk)

    # The window shows the product that the page is about. A price in letters stays where it was typed.
    card = newest_card(window, "product")
    card.get_by_text("Name a price").click()
    card.get_by_label("Price of one").fill("two")
    card.get_by_role("button", name="Name this price").click()
    expect(card.get_by_label("Price of one")).to_have_value("two")
    expect(card.get_by_label("Price of one")).to_have_attribute("aria-invalid", "true")
    card.get_by_label("Price of one").fill("2.90")
    card.get_by_role("button", name="Name this price").click()

    # The manager names another price while the shopper is writing a word of their own on the card.
    theirs = newest_card(pane(desk), "proposal")
    expect(theirs).to_contain_text("£2.90")
    theirs.get_by_label("Price of one").fill("3.05")
    theirs.get_by_label("A word with it").fill("My best")
    looker.look_at(desk, "a price at the console")
    theirs.get_by_role("button", name="Name this price").click()
    own = newest_card(window, "proposal")
    expect(own).to_contain_text("£3.05")
    expect(own).to_contain_text("My best")
    looker.look_at(phone, "a price in the window")
    own.get_by_role("button", name="Agree to £3.05").click()
    newest_card(window, "proposal").get_by_role("button", name="Order it").click()
    order = newest_card(window, "order")
    expect(order).to_contain_text("£3.05")
    order.get_by_label(re.compile("^Post to your door")).check(force=True)
    # The parcel is counted in at once; pressed before that, the card asks once more, with the sum that it comes to.
    pay = order.get_by_role("button", name=re.compile("^Pay £"))
    expect(pay).not_to_have_text("Pay £3.05")
    pay.click()
    expect(order.locator(".badge")).to_have_text(re.compile("^paid", re.IGNORECASE))
    expect(newest_card(window, "proposal").locator(".badge")).to_have_text(re.compile("ordered", re.IGNORECASE))

    # The same yes and the same payment once more, as a program or a second tab would send them: nothing happens twice.
    once_more = phone.evaluate(
        """async (ref) => {
          const told = [];
          for (const card of document.querySelectorAll(".talk-message .card[data-kind]")) {
            const { seq } = card.closest("[data-seq]").dataset;
            if (!["order", "proposal"].includes(card.dataset.kind)) continue;
            for (const what of ["order", "accept", "pay"]) {
              const body = new FormData();
              body.set("do", what);
              body.set("expected", "305");
              body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
              const home = document.querySelector("[data-talk]").dataset.home;
              const sent = { method: "POST", body, headers: { "X-Fragment": "1" } };
              told.push((await fetch(`${home}${ref}/cards/${seq}/`, sent)).status);
            }
          }
          return told;
        }""",
        ref,
    )
    assert len(once_more) >= 6
    [purchase] = bought(live_site, ref)
    [[state, _store, [[_title, quantity, price]]]] = purchase["orders"]
    assert (state, quantity, price, purchase["payments"]) == ("paid", 1, 305, 1)
    end(desk)
    log_out(desk)
    assert looker.found == []


def test_a_rule_answers_an_offer_by_itself(live_site, new_page):
    usual = int(live_site.python(RULE.format(union=UNION, store=STORE, slug="saffron-buns")))
    desk, phone = new_page(locale="en-GB"), new_page(phone=True, locale="en-GB")
    sign_in(desk, manager_of(live_site, STORE), then=CONSOLE)
    log_in(desk)
    phone.goto(f"{STREET}saffron-buns/")
    window = open_window(phone)
    write(window, "Is there a price for locals?")
    ref = take(desk)
    card = newest_card(window, "product")
    card.get_by_text("Name a price").click()
    card.get_by_label("Price of one").fill(f"{usual * 8 // 10 / 100:.2f}")
    card.get_by_role("button", name="Name this price").click()
    # Nobody at the console has pressed anything.
    answered = f"£{usual * 9 // 10 / 100:.2f}"
    agree = newest_card(window, "proposal").get_by_role("button", name=f"Agree to {answered}")
    expect(agree).to_be_visible()
    expect(newest_card(pane(desk), "proposal")).to_contain_text(answered)
    assert "rule" not in newest_card(window, "proposal").inner_text().lower()
    agree.click()
    expect(newest_card(window, "proposal").get_by_role("button", name="Order it")).to_be_visible()
    assert bought(live_site, ref) == []
    end(desk)
    log_out(desk)
