import base64
import hmac
import re
import struct
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail

from accounts.models import User
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.unions import UnionFactory

pytestmark = pytest.mark.django_db

CODE = re.compile(r"^[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}$", re.MULTILINE)


def code_in_mail():
    return CODE.search(mail.outbox[-1].body).group()


def number_of_the_app(secret):
    """RFC 6238 with SHA-1, 30 seconds and six digits, as an authenticator app computes it."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def signed_in_as(client):
    return User.objects.get(pk=client.session["_auth_user_id"]) if "_auth_user_id" in client.session else None


def test_a_wrong_password_is_answered_in_words_for_a_door(client):
    UserFactory(email="ada@example.com")
    page = client.post("/account/login/", {"login": "ada@example.com", "password": "wrong"}).content.decode()

    assert "You are not signed in yet. Please look at this:" in page
    assert "Please type your password again." in page
    assert "Nothing was saved" not in page
    assert "files" not in page


def test_the_word_after_signing_in_is_in_the_persons_language(client):
    UserFactory(email="ada@example.com", language="ko")
    answer = client.post("/account/login/", {"login": "ada@example.com", "password": PASSWORD}, follow=True)

    page = answer.content.decode()
    assert '<html lang="ko"' in page
    assert "Successfully signed in" not in page
    assert list(answer.context["messages"]) or "로그인" in page


def test_signing_up_verifies_the_address_and_returns_to_where_one_was(client):
    response = client.post(
        "/account/signup/", {"email": "New@Example.com", "password1": PASSWORD, "next": "/u/x/apply/"}
    )
    assert response["Location"] == "/account/confirm-email/"
    assert signed_in_as(client) is None
    assert mail.outbox[-1].to == ["new@example.com"]

    response = client.post("/account/confirm-email/", {"code": code_in_mail()})

    assert response["Location"] == "/u/x/apply/"
    user = User.objects.get()
    assert (user.email, user.language, user.is_staff) == ("new@example.com", "en", False)
    assert signed_in_as(client) == user
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize(
    ("path", "email", "subject"),
    [
        ("signup/", "new@example.com", "Your code for martunion"),
        ("signup/", "known@example.com", "Signing in at martunion"),
        ("login/code/", "known@example.com", "Your code for martunion"),
        ("password/reset/", "known@example.com", "A new password for martunion"),
        ("password/reset/", "unknown@example.com", "Signing in at martunion"),
    ],
)
def test_mails_about_signing_in_speak_for_martunion(client, path, email, subject):
    UserFactory(email="known@example.com")
    client.post(f"/account/{path}", {"email": email, "password1": PASSWORD})

    [message] = mail.outbox
    assert (message.subject, message.to) == (subject, [email])
    assert message.body.startswith("Hello,\n\n")
    assert message.body.endswith("Then do nothing, and nothing will happen.\n\nmartunion")


def test_a_refused_form_says_that_the_password_is_asked_for_again(client):
    page = client.post("/account/signup/", {"email": "no address", "password1": PASSWORD}).content.decode()

    assert "Nothing was saved yet. Please look at this:" in page
    assert "Please type your password again." in page
    assert PASSWORD not in page


def test_a_wrong_code_verifies_nothing(client):
    client.post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD})

    response = client.post("/account/confirm-email/", {"code": "ZZZZZZ"})

    assert response.status_code == 200
    assert signed_in_as(client) is None
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_signing_up_with_a_taken_address_tells_only_its_owner(client):
    UserFactory(email="taken@example.com")

    response = client.post("/account/signup/", {"email": "taken@example.com", "password1": PASSWORD})

    assert response["Location"] == "/account/confirm-email/"
    assert mail.outbox[-1].to == ["taken@example.com"]
    assert "already" in mail.outbox[-1].body
    assert User.objects.count() == 1


def test_the_language_of_signing_up_is_kept_and_written_in(client):
    client.cookies["django_language"] = "ko"

    client.post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD})

    assert User.objects.get().language == "ko"
    assert re.search("[가-힣]", mail.outbox[-1].subject)


def test_signing_in_with_a_password_returns_to_where_one_was(client):
    user = UserFactory(email="mina@example.com")

    response = client.post(
        "/account/login/", {"login": "MINA@example.com", "password": PASSWORD, "next": "/u/x/checkout/"}
    )

    assert response["Location"] == "/u/x/checkout/"
    assert signed_in_as(client) == user


def test_signing_in_leads_to_no_other_site(client):
    UserFactory(email="mina@example.com")

    response = client.post(
        "/account/login/", {"login": "mina@example.com", "password": PASSWORD, "next": "https://evil.example/"}
    )

    assert response["Location"] == "/account/"


def test_a_wrong_password_signs_nobody_in_and_too_many_are_stopped(client):
    UserFactory(email="mina@example.com")
    answers = [
        client.post("/account/login/", {"login": "mina@example.com", "password": f"wrong {number}"})
        for number in range(11)
    ]

    assert signed_in_as(client) is None
    assert "Too many failed login attempts" in answers[-1].content.decode()
    client.post("/account/login/", {"login": "mina@example.com", "password": PASSWORD})
    assert signed_in_as(client) is None


def test_an_address_not_yet_verified_is_asked_for_its_code(client):
    UserFactory(email="mina@example.com", verified=False)

    response = client.post("/account/login/", {"login": "mina@example.com", "password": PASSWORD})

    assert response["Location"] == "/account/confirm-email/"
    assert signed_in_as(client) is None


def test_an_inactive_person_is_not_signed_in(client):
    UserFactory(email="mina@example.com", is_active=False)

    client.post("/account/login/", {"login": "mina@example.com", "password": PASSWORD})

    assert signed_in_as(client) is None


def test_signing_in_by_a_code_in_the_mail(client):
    user = UserFactory(email="mina@example.com")
    response = client.post("/account/login/code/", {"email": "mina@example.com", "next": "/u/x/"})
    assert response["Location"].startswith("/account/login/code/confirm/")

    response = client.post(response["Location"], {"code": code_in_mail(), "next": "/u/x/"})

    assert response["Location"] == "/u/x/"
    assert signed_in_as(client) == user


def test_a_forgotten_password_is_set_anew_by_a_link(client):
    user = UserFactory(email="mina@example.com")
    client.post("/account/password/reset/", {"email": "mina@example.com"})
    link = re.search(r"http://testserver(/account/password/reset/key/\S+)", mail.outbox[-1].body).group(1)
    form = client.get(link)["Location"]

    response = client.post(form, {"password1": "quite another phrase", "password2": "quite another phrase"})

    assert response.status_code == 302
    user.refresh_from_db()
    assert user.check_password("quite another phrase")
    assert client.get(link).status_code == 200, "the link works once"


def test_signing_out_needs_a_press(client):
    client.force_login(UserFactory())
    client.get("/account/logout/")
    assert signed_in_as(client)

    client.post("/account/logout/")

    assert signed_in_as(client) is None


def test_two_step_sign_in_asks_for_the_number_of_the_app(client):
    user = UserFactory(email="mina@example.com")
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)

    response = client.post("/account/login/", {"login": "mina@example.com", "password": PASSWORD})
    assert response["Location"] == "/account/2fa/authenticate/"
    assert signed_in_as(client) is None
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert signed_in_as(client) is None

    client.post("/account/2fa/authenticate/", {"code": number_of_the_app(secret)})

    assert signed_in_as(client) == user


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "signup/",
        "signup/passkey/",
        "login/code/",
        "password/reset/",
        "password/reset/done/",
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hant", "ko"])
def test_pages_of_signing_in_come_in_every_language(client, path, language):
    client.cookies["django_language"] = language

    response = client.get(f"/account/{path}")

    assert response.status_code == 200
    assert response["Content-Language"] == language
    assert "<h1" in response.content.decode()


def test_changing_what_one_signs_in_with_asks_for_the_password_again(client):
    UserFactory(email="mina@example.com")
    client.post("/account/login/", {"login": "mina@example.com", "password": PASSWORD})

    for path in ("/account/email/", "/account/2fa/totp/activate/", "/account/2fa/webauthn/add/"):
        response = client.post(path, {"email": "new@example.com", "action_add": ""})
        assert response["Location"].startswith("/account/reauthenticate/")
    assert EmailAddress.objects.get().email == "mina@example.com"


@pytest.mark.parametrize(
    "path",
    ["email/", "password/change/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/", "logout/"],
)
def test_pages_of_security_are_there(client, path):
    UserFactory(email="mina@example.com")
    client.post("/account/login/", {"login": "mina@example.com", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})

    response = client.get(f"/account/{path}")

    assert response.status_code == 200
    page = response.content.decode()
    assert "<script>" not in page
    assert " style=" not in page


def test_passkeys_belong_to_the_domain_on_which_one_signs_in(client):
    UnionFactory(domain="mart.example")

    data = client.get("/account/2fa/webauthn/login/", headers={"host": "mart.example", "accept": "application/json"})

    assert data.json()["request_options"]["publicKey"]["rpId"] == "mart.example"
