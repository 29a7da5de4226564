import io
import os
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.errors import Invalid
from core.pictures import NotAPicture, PictureTooLarge, PictureTooSmall
from stores.models import Picture
from stores.services import pictures
from stores.services import pictures as services
from stores.services.pictures import (
    TooManyPictures,
    add_picture,
    delete_picture,
    move_picture,
    order_pictures,
    prepare_next_picture,
)
from tests.core.test_pictures import exif
from tests.factories.stores import ProductFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORIENTATION, GPS = 0x0112, 0x8825


def upload(size=(1600, 800), kind="JPEG", mode="RGB", **options):
    buffer = io.BytesIO()
    Image.new(mode, size, "teal").save(buffer, kind, **options)
    return SimpleUploadedFile("cake.bin", buffer.getvalue())


def add(product, **changes):
    return add_picture(**{"product": product, "file": upload(), "alt": "A cake", "actor": None, "now": NOW, **changes})


def prepared(product, **changes):
    picture = add(product, **changes)
    assert prepare_next_picture() is True
    picture.refresh_from_db()
    return picture


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("GIF", "P"), ("AVIF", "RGB")],
)
def test_prepare_writes_every_width_for_every_accepted_kind(kind, mode):
    product = ProductFactory()
    picture = prepared(product, file=upload(kind=kind, mode=mode))
    shapes = [(size["width"], size["height"]) for size in picture.sizes if size["type"] == "image/webp"]
    assert shapes == [(320, 160), (640, 320), (1280, 640)]
    for size in picture.sizes:
        with default_storage.open(size["path"]) as stored, Image.open(stored) as image:
            assert (image.width, image.height) == (size["width"], size["height"])
            assert f"image/{image.format.lower()}" == size["type"]
    product.refresh_from_db()
    assert product.cover.startswith("pictures/")


def test_add_picture_waits_without_sizes_until_a_worker_prepared_it():
    picture = add(ProductFactory())
    assert (picture.sizes, picture.position, picture.alt) == ([], 0, "A cake")
    assert default_storage.exists(picture.original)


def test_prepare_turns_upright_and_drops_metadata_and_the_uploaded_file():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "N"
    picture = add(ProductFactory(), file=upload(size=(800, 400), exif=exif))
    original = picture.original
    # Deleting the upload waits for the commit, which a test's transaction never sees.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.transaction, "on_commit", lambda work, robust: work())
        prepare_next_picture()
    picture.refresh_from_db()
    assert [(s["width"], s["height"]) for s in picture.sizes if s["type"] == "image/webp"] == [(320, 640), (400, 800)]
    with default_storage.open(picture.sizes[0]["path"]) as stored, Image.open(stored) as image:
        assert dict(image.getexif()) == {}
    assert picture.original == ""
    assert not default_storage.exists(original)


def test_prepare_keeps_a_small_picture_at_its_own_width():
    picture = prepared(ProductFactory(), file=upload(size=(300, 300)))
    assert {(size["width"], size["height"]) for size in picture.sizes} == {(300, 300)}


def test_prepare_leaves_an_unreadable_file_without_sizes_and_goes_on():
    product = ProductFactory()
    broken = add(product)
    default_storage.delete(broken.original)
    add(product)
    assert [prepare_next_picture(), prepare_next_picture(), prepare_next_picture()] == [True, True, False]
    broken.refresh_from_db()
    assert (broken.sizes, broken.original) == ([], "")


def test_damaged_notes_of_a_camera_cost_no_picture():
    """They once raised in the worker, which came back to the same picture for ever: no other one got its sizes."""
    picture = prepared(ProductFactory(), file=upload(size=(300, 200), exif=exif(6)))
    assert {(size["width"], size["height"]) for size in picture.sizes} == {(200, 300)}


def test_a_picture_that_fails_in_any_way_keeps_no_other_waiting(monkeypatch):
    product = ProductFactory()
    add(product)
    good = add(product)
    real = pictures.encode

    def once(**given):
        monkeypatch.setattr(pictures, "encode", real)
        raise struct.error("required argument is not an integer")

    monkeypatch.setattr(pictures, "encode", once)
    assert [prepare_next_picture(), prepare_next_picture(), prepare_next_picture()] == [True, True, False]
    good.refresh_from_db()
    assert good.sizes


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (SimpleUploadedFile("x.png", b"not a picture"), NotAPicture),
        (SimpleUploadedFile("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'), NotAPicture),
        (SimpleUploadedFile("x.jpg", upload().read()[:900]), NotAPicture),
        (upload(size=(40, 400)), PictureTooSmall),
        (upload(size=(8000, 5001), kind="PNG"), PictureTooLarge),
        (SimpleUploadedFile("x.jpg", b"0" * (services.MOST_BYTES + 1)), PictureTooLarge),
        (upload(kind="BMP"), NotAPicture),
    ],
)
def test_add_picture_refuses_what_is_no_fitting_picture(file, error):
    file.seek(0)
    with pytest.raises(error):
        add(ProductFactory(), file=file)
    assert not Picture.objects.exists()


def test_add_picture_refuses_the_thirteenth():
    product = ProductFactory()
    Picture.objects.bulk_create(Picture(union=product.union, product=product) for _ in range(12))
    with pytest.raises(TooManyPictures):
        add(product)
    assert product.pictures.count() == 12


def test_order_decides_the_cover():
    product = ProductFactory()
    first, second = prepared(product), prepared(product)
    product.refresh_from_db()
    folder_of = lambda picture: picture.sizes[0]["path"].rpartition("/")[0]  # noqa: E731
    assert product.cover.startswith(folder_of(first))
    move_picture(picture=second, earlier=True, actor=None, now=NOW)
    product.refresh_from_db()
    assert product.cover.startswith(folder_of(second))
    with pytest.raises(Invalid):
        order_pictures(product=product, picture_ids=[first.pk], actor=None, now=NOW)
    assert list(product.pictures.values_list("pk", flat=True)) == [second.pk, first.pk]


def test_delete_picture_deletes_its_files_and_the_cover(django_capture_on_commit_callbacks):
    product = ProductFactory()
    picture = prepared(product)
    paths = [size["path"] for size in picture.sizes]
    with django_capture_on_commit_callbacks(execute=True):
        delete_picture(picture=picture, actor=None, now=NOW)
    product.refresh_from_db()
    assert product.cover == ""
    assert not any(default_storage.exists(path) for path in paths)


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_prepares_the_picture(celery_worker, settings):
    settings.MEDIA_ROOT = Path(os.environ["DATA"]) / "media"
    picture = add(ProductFactory())
    limit = time.monotonic() + 30
    while not picture.sizes and time.monotonic() < limit:
        time.sleep(0.1)
        picture.refresh_from_db()
    assert [size["width"] for size in picture.sizes if size["type"] == "image/webp"] == [320, 640, 1280]
