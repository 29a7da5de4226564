"""Limits count by who asks: not by our proxy, which everybody shares, nor by what the asker claims to be."""

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.test import Client, RequestFactory

from tests.factories.unions import UnionFactory
from unions.models import Redirect
from unions.views import recording

BROWSER = {"user-agent": "Mozilla/5.0"}


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


def test_sign_in_and_the_api_believe_as_many_proxies():
    assert settings.ALLAUTH_TRUSTED_PROXY_COUNT == settings.REST_FRAMEWORK["NUM_PROXIES"] == settings.NUM_PROXIES


def test_behind_a_proxy_sign_in_counts_by_the_shoppers_address(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().post("/account/login/", headers={"x-forwarded-for": "1.2.3.4, 203.0.113.9"})
    assert get_adapter(request).get_client_ip(request) == "203.0.113.9"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "claimed"),
    [(0, ["9.9.9.1", "9.9.9.2", "9.9.9.3"]), (1, ["a, 203.0.113.9", "b, 203.0.113.9", "c, 203.0.113.9"])],
)
def test_one_address_fills_no_table_by_claiming_to_be_many(settings, monkeypatch, proxies, claimed):
    settings.NUM_PROXIES = proxies
    monkeypatch.setattr(recording, "MOST_PER_MINUTE", 1)
    union = UnionFactory()
    for address in claimed:
        Client(headers={**BROWSER, "x-forwarded-for": address}).get(f"/go/{union.slug}/")
    assert Redirect.objects.count() == 1


@pytest.mark.django_db
def test_behind_a_proxy_two_addresses_are_two(settings, monkeypatch):
    settings.NUM_PROXIES = 1
    monkeypatch.setattr(recording, "MOST_PER_MINUTE", 1)
    union = UnionFactory()
    for address in ("203.0.113.9", "203.0.113.10"):
        Client(headers={**BROWSER, "x-forwarded-for": address}).get(f"/go/{union.slug}/")
    assert Redirect.objects.count() == 2
