import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.factories.accounts import CenterAdminFactory, UserFactory
from tests.factories.unions import EnterpriseFactory, MembershipFactory, UnionFactory, UnionStaffFactory, owner_of
from unions.models import Enterprise, Membership, MembershipPaper
from unions.models.storage import paper_storage
from unions.services.drafts import forget_old_drafts

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
ANSWERS = {
    "name": "Harbour Bakery",
    "legal_name": "Harbour Bakery Ltd",
    "registration_number": "0123456",
    "tax_number": "",
    "country": "GB",
    "business_class": "10",
    "address": "4 Quay, Falmouth",
    "email": "hello@bakery.example",
    "phone": "",
    "store_name": "Harbour Bakery",
    "message": "We bake.",
}


def pdf(name="licence.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


@pytest.fixture(autouse=True)
def _no_drafts():
    forget_old_drafts(now=timezone.now() + timedelta(days=30))


@pytest.fixture
def union():
    return UnionFactory(slug="cornwall")


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user)
    return user


def send(client, papers=None, **changes):
    sent = [pdf()] if papers is None else list(papers)
    return client.post("/u/cornwall/apply/", {**ANSWERS, "papers": sent, **changes})


def test_a_guest_reads_what_joining_means_and_comes_back_after_signing_up(client, union):
    page = client.get("/u/cornwall/apply/").content.decode()

    assert f"Bring your shop to {union.name}" in page
    assert "/account/signup/?next=/u/cornwall/apply/" in page
    assert send(client).status_code == 200
    assert Enterprise.objects.count() == 0


def test_an_application_is_taken_and_its_state_shown(client, union, user):
    response = send(client, [pdf(), pdf("extract.pdf")])
    assert response["Location"] == "/u/cornwall/apply/"

    membership = Membership.objects.get()
    assert (membership.union, membership.state, membership.papers.count()) == (union, "applied", 2)
    assert owner_of(membership) == user
    page = client.get("/u/cornwall/apply/").content.decode()
    assert "Harbour Bakery" in page
    assert "applied" in page
    assert "extract.pdf" in page
    assert "Withdraw the application" in page


def test_a_wrong_answer_keeps_everything_also_the_papers(client, union, user):
    response = send(client, [pdf()], registration_number="")
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="Harbour Bakery Ltd"' in page
    assert "We bake." in page
    assert "licence.pdf" in page
    ticket = re.search(r'name="kept" value="([^"]+)"', page).group(1)
    assert Membership.objects.count() == 0

    assert send(client, [pdf("extract.pdf")], kept=ticket).status_code == 302

    assert sorted(MembershipPaper.objects.values_list("title", flat=True)) == ["extract.pdf", "licence.pdf"]
    assert paper_storage().listdir("drafts")[1] == []


@pytest.mark.parametrize("phone", ["call me", "12", "123456 or after six"])
def test_a_phone_that_is_none_is_refused(client, union, user, phone):
    response = client.post(f"/u/{union.slug}/apply/", {"phone": phone})

    assert "Write a phone number in digits" in response.content.decode()


@pytest.mark.parametrize("phone", ["", "+44 1872 555 123", "(07) 311-0000", "02-1234-5678 ext. 12"])
def test_phones_of_all_lands_are_taken(client, union, user, phone):
    response = client.post(f"/u/{union.slug}/apply/", {"phone": phone})

    assert "Write a phone number in digits" not in response.content.decode()


def test_a_wrong_paper_is_named_and_the_right_ones_are_kept(client, union, user):
    response = send(client, [pdf(), pdf("virus.pdf", b"MZ\x90")])
    page = response.content.decode()

    assert response.status_code == 422
    assert "“virus.pdf” is not a PDF, PNG or JPEG file" in page
    assert "<li>licence.pdf</li>" in page
    assert "<li>virus.pdf</li>" not in page
    assert Enterprise.objects.count() == 0


def test_a_refusal_of_the_service_stands_beside_its_field(client, union, user):
    EnterpriseFactory(country="GB", registration_number="0123456")

    page = send(client).content.decode()

    assert "An enterprise with this registration number is known already." in page
    assert Membership.objects.count() == 0


def test_kept_papers_are_nobody_elses(client, union, user):
    page = send(client, [pdf()], name="").content.decode()
    ticket = re.search(r'name="kept" value="([^"]+)"', page).group(1)
    client.force_login(UserFactory())

    assert send(client, [], kept=ticket).status_code == 422
    assert MembershipPaper.objects.count() == 0


def test_a_forged_ticket_keeps_nothing(client, union, user):
    assert send(client, [], kept="forged").status_code == 422
    assert MembershipPaper.objects.count() == 0


def test_a_new_enterprise_without_papers_is_asked_for_them(client, union, user):
    response = send(client, [])

    assert response.status_code == 422
    assert Enterprise.objects.count() == 0


def test_kept_papers_go_after_two_days(client, union, user):
    send(client, [pdf()], name="")
    now = timezone.now()

    assert forget_old_drafts(now=now + timedelta(hours=47)) == 0
    assert forget_old_drafts(now=now + timedelta(hours=49)) == 1
    assert paper_storage().listdir("drafts")[1] == []


def test_an_owner_applies_with_an_enterprise_that_exists(client, union, user):
    enterprise = EnterpriseFactory(owner=user)
    EnterpriseFactory(name="Not mine")
    page = client.get("/u/cornwall/apply/").content.decode()
    assert enterprise.name in page
    assert "Not mine" not in page

    response = client.post("/u/cornwall/apply/", {"enterprise": enterprise.pk, "store_name": "At the quay"})

    assert response.status_code == 302
    membership = Membership.objects.get()
    assert (membership.enterprise, membership.store_name) == (enterprise, "At the quay")
    assert Enterprise.objects.count() == 2


def test_a_new_enterprise_beside_an_old_one_needs_its_words(client, union, user):
    EnterpriseFactory(owner=user)

    response = client.post("/u/cornwall/apply/", {"enterprise": "new", "name": "Second"})

    assert response.status_code == 422
    assert response.content.decode().count("This field is required.") >= 6
    assert Enterprise.objects.count() == 1


def test_another_persons_enterprise_cannot_be_sent(client, union, user):
    EnterpriseFactory(owner=user)
    other = EnterpriseFactory()

    assert client.post("/u/cornwall/apply/", {"enterprise": other.pk}).status_code == 422
    assert Membership.objects.count() == 0


def test_an_owner_withdraws(client, union, user):
    membership = MembershipFactory(union=union, enterprise__owner=user, state="applied")

    response = client.post("/u/cornwall/apply/leave/", {"membership": membership.pk})

    assert response.status_code == 302
    membership.refresh_from_db()
    assert membership.state == "left"


def test_nobody_withdraws_for_others_or_in_another_union(client, union, user):
    other = MembershipFactory(union=union)
    elsewhere = MembershipFactory(enterprise__owner=user)

    for membership in (other, elsewhere):
        assert client.post("/u/cornwall/apply/leave/", {"membership": membership.pk}).status_code == 404
    assert set(Membership.objects.values_list("state", flat=True)) == {"active"}


def test_state_in_one_union_does_not_show_in_another(client, union, user):
    MembershipFactory(enterprise__owner=user, enterprise__name="Elsewhere Ltd", state="suspended")

    page = client.get("/u/cornwall/apply/").content.decode()

    assert "suspended" not in page


def test_papers_are_handed_to_office_and_owners_only(client, union, user):
    send(client, [pdf("My licence.pdf")])
    address = MembershipPaper.objects.get().file.url
    assert address.startswith("/account/papers/")
    client.logout()
    assert client.get(address).status_code == 302

    for person, status in (
        (user, 200),
        (UnionStaffFactory(union=union).user, 200),
        (CenterAdminFactory(), 200),
        (UserFactory(), 404),
        (UnionStaffFactory().user, 404),
        (owner_of(MembershipFactory(union=union)), 404),
    ):
        client.force_login(person)
        assert client.get(address).status_code == status

    client.force_login(user)
    response = client.get(address)
    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="My licence.pdf"'
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get("/media/" + MembershipPaper.objects.get().file.name).status_code == 404
    assert client.get("/account/papers/../../secret").status_code == 404


@pytest.mark.parametrize("path", ["apply/", "pages/about/"])
def test_an_unpublished_union_takes_no_applications(client, user, path):
    UnionFactory(slug="closed", is_published=False)

    assert client.get(f"/u/closed/{path}").status_code == 404


def test_the_page_takes_the_same_queries_for_one_and_three_applications(client, union, user, django_assert_num_queries):
    MembershipFactory(union=union, enterprise__owner=user)
    with django_assert_num_queries(7):
        client.get("/u/cornwall/apply/")
    MembershipFactory.create_batch(2, union=union, enterprise__owner=user)
    with django_assert_num_queries(7):
        client.get("/u/cornwall/apply/")
