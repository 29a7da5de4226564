"""Nobody is there: a shopper on a phone leaves a message while the network comes and goes, is answered by mail and in
the account, goes on at a second device, and takes the transcript along. Three browsers; not a word is lost or doubled.
"""

import json
import re
import secrets

import pytest
from playwright.sync_api import Error, expect

from tests.journeys.desks import UNION, at_console, console, end, said, street, told
from tests.journeys.looking import Looker, mail_to, sign_in
from tests.journeys.test_console import pane, say
from tests.journeys.test_talk import button, field, open_window, own, write

pytestmark = pytest.mark.timeout(500)

STORE, NAME, OWNER = "mousehole-books", "The Slipway Bookshop", "wella@mousehole-books.example"
SHOPPER = "isla.carne@mail.example"
LATER = """
from datetime import timedelta
from django.utils import timezone
from chat.services.late_answers import publish_late_answers
publish_late_answers(now=timezone.now() + timedelta(minutes=2))
"""


class Tunnel:
    """Between a page and its socket: the server hears a message, and its answer never comes back."""

    def __init__(self, page):
        self.page = page
        self.lost = ""
        self.swallowed = []
        page.route_web_socket(re.compile(r"/ws/u/"), self.open)

    def open(self, line):
        """One connection. Once it has swallowed an answer, nothing comes through it any more."""
        server = line.connect_to_server()
        before = len(self.swallowed)
        ids = set()

        def up(text):
            frame = json.loads(text)
            if self.lost and frame.get("text") == self.lost:
                ids.add(frame["id"])
            server.send(text)

        def down(text):
            frame = json.loads(text)
            if frame.get("type") == "ack" and frame.get("id") in ids and self.lost:
                self.swallowed.append(frame["seq"])
            if len(self.swallowed) == before:
                line.send(text)

        line.on_message(up)
        server.on_message(down)
        self.ends = (line, server)

    def cut(self):
        """Wait for the answer that is lost, then end the connection as a network does."""
        while not self.swallowed:
            self.page.wait_for_timeout(50)
        self.lost = ""
        for each in self.ends:
            each.close()


def test_a_message_is_left_in_a_tunnel_and_answered_later(live_site, new_page):
    look = Looker()
    desk, tablet = look.watch(new_page(locale="en-GB")), look.watch(new_page(locale="en-GB"))
    phone = new_page(phone=True, locale="en-GB")
    guest = f"morwenna.{secrets.token_hex(4)}@mail.example"
    tunnel = Tunnel(phone)
    phone.goto(street(STORE))
    expect(button(phone)).to_have_attribute("aria-label", re.compile("Leave a message$"))
    window = open_window(phone)
    write(window, "Have you Tin and tide in hardback?")
    log = window.get_by_role("log")
    expect(log).to_contain_text("Nobody is here right now. Leave your e-mail address and the answer comes to you.")
    look.look_at(phone, "a window with nobody there")
    window.get_by_label("Your e-mail", exact=True).fill(guest)
    window.get_by_role("button", name="Send the answer there").click()
    told(window, f"^The answer goes to {re.escape(guest)}\\.$")

    # In the middle of a word the network goes; what is sent and what is half written outlive it and a change of page.
    field(window).press_sequentially("And is it sig")
    phone.context.set_offline(True)
    told(window, "^The connection was lost")
    field(window).press_sequentially("ned?")
    field(window).press("Enter")
    expect(own(window, "And is it signed?")).to_contain_text("sending")
    field(window).press_sequentially("If so I will")
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        phone.goto(f"{street(STORE)}tin-and-tide/")
    phone.context.set_offline(False)
    phone.goto(f"{street(STORE)}tin-and-tide/")
    expect(own(window, "And is it signed?")).to_contain_text("sent")
    expect(own(window, "And is it signed?")).to_have_count(1)
    expect(field(window)).to_have_value("If so I will")

    # The answer to a message is lost, not the message: sent again with the same id, it is there once.
    field(window).press("End")
    field(window).press_sequentially(" take it.")
    tunnel.lost = "If so I will take it."
    field(window).press("Enter")
    expect(own(window, "If so I will take it.")).to_contain_text("sending")
    tunnel.cut()
    expect(own(window, "If so I will take it.")).to_contain_text("sent")
    assert len(tunnel.swallowed) == 1
    wrote = ["Have you Tin and tide in hardback?", "And is it signed?", "If so I will take it."]
    assert said(window) == wrote
    phone.goto("about:blank")

    sign_in(desk, OWNER, then=console(STORE))
    with at_console(desk, STORE):
        missed = desk.locator("[data-list] .console-part.missed")
        missed.locator(".console-row").filter(has_text="If so I will take it.").click()
        pane(desk).get_by_role("button", name="Answer").click()
        expect(pane(desk).get_by_label("Your message")).to_be_focused()
        assert said(pane(desk)) == wrote
        expect(desk.locator("#console-context")).to_contain_text(guest)
        say(desk, "It is signed. Two are left.")
        look.look_at(desk, "a message that is answered later")
        live_site.python(LATER)
        mail = mail_to(live_site.data, guest, "It is signed. Two are left.")
        assert f"{NAME} has answered you:" in mail
        # The mail says localhost, where this browser has another cookie.
        link = re.search(rf"http://[^/]+(/u/{UNION}/conversations/([^/]+)/\?open=1)\s", mail)
        assert link is not None
        address, ref = link.groups()

        # The link opens the window where it was; signed in, it is in the account, and on every device of the person.
        phone.goto(address)
        expect(log).to_contain_text("It is signed. Two are left.")
        assert said(window) == [*wrote, "It is signed. Two are left."]
        sign_in(phone, SHOPPER, then="/account/conversations/")
        listed = phone.locator(f"main a[href='/u/{UNION}/conversations/{ref}/']")
        expect(listed).to_have_text(NAME)
        look.look_at(phone, "conversations of an account")
        phone.goto(f"{street(STORE)}tin-and-tide/")
        expect(log).to_contain_text("It is signed. Two are left.")
        sign_in(tablet, SHOPPER, then=f"/u/{UNION}/conversations/{ref}/?open=1")
        second = tablet.locator("#talk")
        expect(second.get_by_role("log")).to_contain_text("It is signed. Two are left.")
        write(second, "Please keep one until Friday.")
        expect(own(window, "Please keep one until Friday.")).to_have_count(1)
        say(desk, "It is under the counter.")
        answers = ["It is signed. Two are left.", "Please keep one until Friday.", "It is under the counter."]
        everything = [*wrote, *answers]
        for place in (window, second):
            expect(place.get_by_role("log")).to_contain_text("It is under the counter.")
            assert said(place) == everything
        assert said(pane(desk)) == everything

        # To take along: by mail and as a page to print.
        second.get_by_label("More").click()
        second.get_by_role("button", name="Transcript by mail").click()
        told(second, "^The transcript is on its way to your e-mail\\.$")
        transcript = mail_to(live_site.data, guest, f"Subject: Your conversation with {NAME}")
        places = [transcript.index(text) for text in everything]
        assert places == sorted(places)
        assert all(transcript.count(text) == 1 for text in everything)
        second.get_by_label("More").click()
        second.get_by_role("link", name="As a page, to print").click()
        tablet.wait_for_url(f"**/u/{UNION}/conversations/{ref}/")
        lines = tablet.locator("main .talk-lines .talk-message p.pre")
        expect(lines).to_have_text(everything)
        tablet.emulate_media(media="print")
        expect(tablet.get_by_role("button", name="Transcript by mail")).to_be_hidden()
        expect(lines.last).to_be_visible()
        tablet.emulate_media(media="screen")
        end(desk)
        told(window, "^This conversation has ended\\.$")
    assert look.found == []
