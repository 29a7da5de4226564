"""Every link on the pages of a union's own domain, followed as a guest, a shopper and an owner."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from tests.factories.accounts import UserFactory
from tests.factories.stores import ProductFactory, StoreFactory, VariantFactory
from tests.factories.unions import MembershipFactory, UnionFactory, UnionPageFactory

pytestmark = pytest.mark.django_db

HOST = "mart.example"
LINK = re.compile(r'(?:href|action|src|hx-get|hx-post|data-[a-z-]*url)="([^"#][^"]*)"')
NOT_PAGES = re.compile(r"^/(static|media|center|admin|api)/|/logout/|\.ics$|\.svg$")


@pytest.fixture
def union():
    """A street with two shops, goods, a service and pages."""
    union = UnionFactory(slug="kaohsiung", domain=HOST)
    UnionFactory(slug="busan")
    UnionPageFactory.create_batch(2, union=union)
    for _ in range(2):
        store = StoreFactory(union=union)
        for product in ProductFactory.create_batch(2, store=store):
            VariantFactory(product=product)
    return union


def links_of(client, start):
    """Every page that can be reached by links from `start`, and all links that stand on them."""
    waiting, seen, links = [start], set(), {}
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 150:
            continue
        seen.add(path)
        response = client.get(path, headers={"host": HOST})
        # 405: where a form is sent to.
        assert response.status_code in (200, 302, 405), (path, response.status_code)
        found = [response["Location"]] if response.status_code == 302 else []
        if "text/html" in response.get("Content-Type", "") and response.status_code == 200:
            found = [unescape(link) for link in LINK.findall(response.content.decode())]
        for link in found:
            target = urlsplit(urljoin(f"http://{HOST}{path}", link))
            links.setdefault(link, path)
            if target.hostname == HOST and target.scheme == "http" and not NOT_PAGES.search(target.path):
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))
    return seen, links


@pytest.mark.parametrize("who", ["guest", "shopper", "owner"])
def test_no_link_of_a_unions_domain_carries_its_long_address(client, union, who):
    if who != "guest":
        person = UserFactory()
        client.force_login(person)
        if who == "owner":
            membership = MembershipFactory(union=union, enterprise__owner=person)
            VariantFactory(product=ProductFactory(store=StoreFactory(membership=membership)))

    seen, links = links_of(client, "/")

    assert {link: page for link, page in links.items() if "/u/kaohsiung" in link} == {}
    assert len(seen) > 15
    assert any(re.fullmatch(r"/store\d+/[a-z0-9-]+/", path) for path in seen)


def test_the_same_bars_carry_each_hosts_own_addresses(client, union):
    short = client.get("/pages/", headers={"host": HOST}, follow=True).content.decode()
    union.domain = None
    union.save()
    long = client.get("/u/kaohsiung/pages/", headers={"host": "127.0.0.1"}, follow=True).content.decode()

    assert 'action="/search/"' in short
    # Sockets have one address on every host.
    assert "/u/kaohsiung/" not in short.replace("/ws/u/kaohsiung/", "")
    assert 'action="/u/kaohsiung/search/"' in long
