"""What no browser sends: it is refused, and is never a failure on our side."""

import pytest
from django.test import Client
from django.urls import reverse

from core.numbers import row_id
from payments.models import PaymentAccount
from stores.models import ApiKey
from tests.factories.accounts import UserFactory
from tests.factories.orders import PaymentAccountFactory
from tests.factories.unions import UnionFactory
from tests.manage.people import signed_in

pytestmark = pytest.mark.django_db
HUGE = "9" * 5000
"""More digits than Python reads."""


@pytest.mark.parametrize(
    "path",
    [
        "/u/{union}/classes/%00/",
        "/u/{union}/track/a%00b/",
        "/u/{union}/track/%00/receipt/",
    ],
)
def test_an_address_with_a_nul_does_not_exist(path):
    assert Client().get(path.format(union=UnionFactory().slug)).status_code == 404


@pytest.mark.parametrize("path", ["orders/%00/", "stock/%00/"])
def test_a_managed_address_with_a_nul_does_not_exist(shop, path):
    assert shop.owner().get(shop.url(path)).status_code == 404


@pytest.mark.parametrize("path", ["orders/?q=%00", "catalogue/?q=a%00", "stock/?q=%00"])
def test_a_nul_in_what_is_looked_for_stands_for_nothing(shop, path):
    assert shop.owner().get(shop.url(path)).status_code == 200


def test_a_search_with_a_nul_is_a_search_without_it():
    answer = Client().get(f"/u/{UnionFactory().slug}/search/?q=te%00a&sort=price")
    assert (answer.status_code, answer.wsgi_request.GET.dict()) == (200, {"q": "tea", "sort": "price"})


def test_a_form_with_a_nul_cannot_be_read():
    union = UnionFactory()
    answer = Client().post(f"/u/{union.slug}/checkout/place/", {"cart": "a\0b", "digest": "x"})
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["sessionid", "home_union", "messages", "theme"])
def test_a_cookie_with_a_nul_is_none(name):
    answer = Client(headers={"cookie": f'{name}="aaaaaaaa\\000bbb"'}).get("/")
    assert answer.status_code == 200


@pytest.mark.parametrize("path", [f"catalogue/?category={HUGE}", f"stock-movements/?before={HUGE}"])
def test_an_id_of_thousands_of_digits_filters_nothing(shop, path):
    assert shop.owner().get(shop.url(path)).status_code == 200


def test_an_id_of_thousands_of_digits_names_nobodys_key(shop):
    assert shop.owner().post(shop.url("keys/revoke/"), {"key": HUGE}).status_code == 404
    assert not ApiKey.objects.exists()


def test_an_id_of_thousands_of_digits_names_no_payment_account():
    account = PaymentAccountFactory(user=UserFactory())
    answer = signed_in(account.user).post(reverse("payments:remove"), {"account": HUGE})
    assert answer.status_code == 404
    assert PaymentAccount.objects.get().state == account.state


def test_a_form_sent_with_a_long_once_is_done(shop):
    form = {"email": "new@example.com", "permissions": ["orders"], "once": "x" * 3000}
    assert shop.owner().post(shop.url("team/"), form).status_code == 302


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("007", 7), ("", None), ("-1", None), ("²", None), ("٣", None), ("1.0", None), (" 1", None)],
)
def test_row_id_reads_plain_digits_only(text, number):
    assert row_id(text) == number


def test_row_id_ends_where_the_columns_end():
    assert row_id(str(2**63 - 1)) == 2**63 - 1
    assert row_id(str(2**63)) is None
    assert row_id(HUGE) is None


def test_signing_out_with_a_cookie_of_an_odd_name_works():
    client = signed_in(UserFactory())
    client.cookies.load({"cart-kaohsiung": "x"})
    session = client.cookies["sessionid"].value
    answer = client.post("/account/logout/", headers={"cookie": f"sessionid={session}; cart-a,b=1; cart-é=2"})
    assert answer.status_code == 302


@pytest.mark.parametrize("path", [f"stores/store/?union={HUGE}", f"?union={HUGE}", "stores/store/?q=%00"])
def test_the_office_asked_for_a_union_of_thousands_of_digits_does_not_fail(path):
    center = signed_in(UserFactory(is_staff=True, is_superuser=True))
    UnionFactory()
    assert center.get(f"/admin/{path}").status_code in (200, 404)
