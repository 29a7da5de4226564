"""The tests' own net: what the application runs by itself may not look outside a union, or the tests would miss it."""

from contextlib import nullcontext

import pytest
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django_scopes import ScopeError

from martunion.celery import app
from stores.models import Store
from tests.factories.stores import StoreFactory
from tests.factories.unions import UnionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def count_stores(request: HttpRequest, union: str = "") -> HttpResponse:
    return HttpResponse(str(Store.objects.count()))


urlpatterns = [path("everywhere/", count_stores), path("u/<slug:union>/here/", count_stores)]


@app.task
def counting() -> int:
    return Store.objects.count()


class Counting(BaseCommand):
    def handle(self, *args: object, **options: object) -> str:
        return str(Store.objects.count())


def test_a_page_of_a_union_sees_that_union_only(client):
    union = UnionFactory(is_published=True)
    StoreFactory.create_batch(2, union=union)
    StoreFactory()
    assert client.get(f"/u/{union.slug}/here/").content == b"2"
    assert Store.objects.count() == 3


def test_a_page_outside_every_union_looks_across_them_because_the_middleware_says_so(client, monkeypatch):
    StoreFactory.create_batch(2)
    assert client.get("/everywhere/").content == b"2"
    monkeypatch.setattr("unions.middleware.union.scopes_disabled", nullcontext)
    with pytest.raises(ScopeError):
        client.get("/everywhere/")


def test_a_task_and_a_command_begin_outside_every_union():
    with pytest.raises(ScopeError):
        counting()
    with pytest.raises(ScopeError):
        call_command(Counting())
