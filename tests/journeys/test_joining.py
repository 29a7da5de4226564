"""A newcomer signs up with a code from the mail and applies to a union with papers; a passkey signs in."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

PASSWORD = "a long enough pass phrase"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"

pytestmark = pytest.mark.timeout(500)


def code_mailed_to(site, address: str) -> str:
    """The newest code in the mail to this person; mail is files while DEBUG is on."""
    for _ in range(600):
        for path in sorted(Path(site.data, "mail").glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True):
            text = path.read_text()
            found = re.search(r"^[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}$", text, re.MULTILINE)
            if f"To: {address}" in text and found:
                return found.group()
        time.sleep(0.1)
    raise AssertionError(f"no mail with a code to {address}")


def test_a_newcomer_signs_up_and_applies_with_papers(live_site, browser_page, request):
    page = browser_page
    address = f"baker-{request.node.callspec.params['browser_page']}@example.com"
    page.goto("/u/cornwall/apply/")
    page.get_by_role("link", name="Sign up and apply").click()
    page.fill("input[name=email]", address)
    page.fill("input[name=password1]", PASSWORD)
    page.press("input[name=password1]", "Enter")
    page.wait_for_url("**/account/confirm-email/")
    page.fill("input[name=code]", code_mailed_to(live_site, address))
    page.press("input[name=code]", "Enter")
    page.wait_for_url("**/u/cornwall/apply/")

    page.fill("input[name=name]", "Harbour Bakery")
    page.fill("input[name=legal_name]", "Harbour Bakery Ltd")
    page.fill("input[name=registration_number]", address)
    page.select_option("select[name=business_class]", "10")
    page.fill("input[name=address]", "4 Quay, Falmouth")
    page.fill("textarea[name=message]", "We bake at night.")
    wrong = {"name": "notes.txt", "mimeType": "application/pdf", "buffer": b"not a PDF"}
    right = {"name": "licence.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.set_input_files("input[name=papers]", [wrong, right])
    page.get_by_role("button", name="Send the application").click()
    page.get_by_text("“notes.txt” is not a PDF, PNG or JPEG file").first.wait_for()
    assert page.input_value("textarea[name=message]") == "We bake at night."
    page.get_by_text("licence.pdf").wait_for()
    page.get_by_role("button", name="Send the application").click()

    page.get_by_text("Harbour Bakery has applied.").wait_for()
    page.get_by_role("heading", name="Harbour Bakery", exact=True).wait_for()
    page.get_by_role("link", name="licence.pdf").wait_for()
    page.goto("/account/")
    page.get_by_text("Cornwall Mart Union").first.wait_for()


def test_a_passkey_signs_in_without_a_password(live_site, new_page):
    live_site.python(
        "from accounts.models import User\n"
        "from allauth.account.models import EmailAddress\n"
        f"user = User.objects.create_user('keys@example.com', {PASSWORD!r})\n"
        "EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)"
    )
    # A passkey belongs to a domain; an IP address is none.
    address = live_site.address.replace("127.0.0.1", "localhost")
    page = new_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**device, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    page.goto(f"{address}/account/login/?next=/account/2fa/webauthn/add/")
    page.fill("input[name=login]", "keys@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/account/reauthenticate/**")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/account/2fa/webauthn/add/")
    page.check("input[name=passwordless]")
    page.fill("input[name=name]", "My phone")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/account/2fa/recovery-codes/**")
    page.goto(f"{address}/account/logout/")
    page.locator("main form button").first.click()
    page.wait_for_url(f"{address}/")

    page.goto(f"{address}/account/login/?next=/account/addresses/")
    page.click("#passkey_login")

    page.wait_for_url("**/account/addresses/")
    expect(page.get_by_role("heading", name="Addresses")).to_be_visible()
