"""The photograph of a store's front: sizes by the worker, shown with srcset, the drawn picture behind it."""

from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from core.pictures import NotAPicture
from stores.services.fronts import clear_front, prepare_next_front, set_front
from stores.services.settings import StoreTexts, save_texts
from tests.factories.stores import StoreFactory
from tests.stores.test_pictures import upload

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def with_front(**fields):
    store = StoreFactory(**fields)
    set_front(store=store, file=upload(), actor=None, now=NOW)
    return store


def test_front_is_prepared_in_sizes_and_shown_on_union_and_store_pages(client):
    store = with_front(picture="demo/front.svg")
    url = f"/u/{store.union.slug}/{store.slug}/"
    assert "demo/front.svg" in client.get(url).content.decode()
    assert (prepare_next_front(), prepare_next_front()) == (True, False)
    store.refresh_from_db()
    assert [size["width"] for size in store.front_sizes if size["type"] == "image/webp"] == [320, 640, 1280]
    assert store.front_original == ""
    path = store.front_sizes[0]["path"]
    for page in (url, f"/u/{store.union.slug}/stores/"):
        shown = client.get(page).content.decode()
        assert f"{path} 320w" in shown
        assert "demo/front.svg" not in shown


def test_a_new_front_replaces_the_files_of_the_old_one(django_capture_on_commit_callbacks):
    store = with_front()
    prepare_next_front()
    store.refresh_from_db()
    old = [size["path"] for size in store.front_sizes]
    with django_capture_on_commit_callbacks(execute=True):
        set_front(store=store, file=upload(size=(700, 400)), actor=None, now=NOW)
        prepare_next_front()
    store.refresh_from_db()
    assert [default_storage.exists(path) for path in old] == [False] * len(old)
    assert all(default_storage.exists(size["path"]) for size in store.front_sizes)


def test_clear_front_deletes_its_files(django_capture_on_commit_callbacks):
    store = with_front()
    prepare_next_front()
    store.refresh_from_db()
    paths = [size["path"] for size in store.front_sizes]
    with django_capture_on_commit_callbacks(execute=True):
        clear_front(store=store, actor=None, now=NOW)
    store.refresh_from_db()
    assert (store.front_sizes, store.front_original) == ([], "")
    assert not any(default_storage.exists(path) for path in paths)


def test_front_refuses_what_is_no_picture_and_keeps_the_old_one():
    store = with_front()
    prepare_next_front()
    store.refresh_from_db()
    before = store.front_sizes
    with pytest.raises(NotAPicture):
        set_front(store=store, file=SimpleUploadedFile("x.png", b"not a picture"), actor=None, now=NOW)
    store.refresh_from_db()
    assert (store.front_sizes, store.front_original) == (before, "")


def test_saving_words_leaves_a_front_that_a_worker_prepared_meanwhile():
    store = with_front()
    prepare_next_front()
    save_texts(store=store, texts=StoreTexts(name="New name"), actor=None, now=NOW)
    store.refresh_from_db()
    assert (store.name, bool(store.front_sizes), store.front_original) == ("New name", True, "")
