from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from core.errors import Invalid, NotAllowed, WrongState
from core.models import OutboxEvent
from core.outbox import deliver_waiting
from tests.factories.accounts import CenterAdminFactory, UserFactory
from tests.factories.unions import EnterpriseFactory, MembershipFactory, UnionFactory, UnionStaffFactory, owner_of
from unions.models import Enterprise, EnterpriseMember, Membership, MembershipChange, MembershipPaper
from unions.services import membership as service
from unions.services.papers import PaperRefused, TooManyPapers

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
State = Membership.State
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


def pdf(name="licence.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def picture(kind="PNG", name="sign.png"):
    content = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(content, kind)
    return SimpleUploadedFile(name, content.getvalue())


def details(**changes):
    values = {
        "name": "Harbour Bakery",
        "legal_name": "Harbour Bakery Ltd",
        "registration_number": "0123456",
        "country": "gb",
        "address": "4 Quay, Falmouth",
        "email": "Hello@Bakery.example",
        "business_class": "10",
        "store_name": "Harbour Bakery at the Quay",
        "message": "We bake.",
    }
    return service.ApplicationDetails(**{**values, **changes})


def apply(union, user, papers=(), **changes):
    return service.apply(union=union, user=user, details=details(**changes), papers=list(papers), now=NOW)


def test_application_opens_an_enterprise_owned_by_the_applicant():
    union, user = UnionFactory(), UserFactory()

    membership = apply(union, user, [pdf(), picture()])

    assert (membership.state, membership.store_name, membership.message, membership.applied_at) == (
        "applied",
        "Harbour Bakery at the Quay",
        "We bake.",
        NOW,
    )
    enterprise = membership.enterprise
    assert (enterprise.country, enterprise.email, enterprise.business_class_id) == ("GB", "hello@bakery.example", "10")
    assert list(enterprise.members.values_list("user", "role")) == [(user.pk, "owner")]
    assert list(membership.changes.values_list("from_state", "to_state", "actor", "at")) == [
        ("", "applied", user.pk, NOW)
    ]
    assert list(OutboxEvent.objects.values_list("kind", "aggregate", "payload")) == [
        (
            "unions.membership_changed",
            f"membership:{membership.pk}",
            {"membership_id": membership.pk, "to_state": "applied"},
        )
    ]


def test_papers_are_kept_outside_the_public_folder(settings):
    membership = apply(UnionFactory(), UserFactory(), [pdf("../My licence.pdf"), picture("JPEG", "sign.pdf")])

    papers = list(membership.papers.order_by("id"))
    assert [(paper.title, paper.content_type) for paper in papers] == [
        ("My licence.pdf", "application/pdf"),
        ("sign.pdf", "image/jpeg"),
    ]
    assert papers[1].file.name.endswith(".jpg")
    assert papers[0].size == len(PDF)
    with papers[0].file.open() as file:
        assert file.read() == PDF
    for paper in papers:
        assert not paper.file.path.startswith(str(settings.MEDIA_ROOT))
        assert paper.file.url == f"/account/papers/{paper.file.name}"


@pytest.mark.parametrize(
    "paper",
    [
        pdf(content=b"<html><script>alert(1)</script></html>"),
        pdf(content=b"%PDF-1.7 and nothing more"),
        pdf(content=b""),
        SimpleUploadedFile("sign.png", picture().read()[:40]),
        SimpleUploadedFile("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", content_type="image/png"),
        picture("GIF", "sign.gif"),
        pdf(content=PDF.ljust(10 * 1024 * 1024 + 1 - 6, b"\0") + b"%%EOF\n"),
    ],
    ids=["html", "cut-pdf", "empty", "cut-png", "svg", "gif", "too-large"],
)
def test_a_wrong_paper_refuses_the_whole_application(paper):
    with pytest.raises(PaperRefused) as refused:
        apply(UnionFactory(), UserFactory(), [pdf(), paper])

    assert refused.value.code == "paper_refused"
    assert refused.value.field == "papers"
    assert Enterprise.objects.count() == Membership.objects.count() == MembershipPaper.objects.count() == 0
    assert OutboxEvent.objects.count() == 0


def test_a_paper_of_exactly_ten_megabytes_is_taken():
    membership = apply(UnionFactory(), UserFactory(), [pdf(content=PDF[:-6].ljust(10 * 1024 * 1024 - 6) + b"%%EOF\n")])

    assert membership.papers.get().size == 10 * 1024 * 1024


def test_more_than_ten_papers_are_refused():
    with pytest.raises(TooManyPapers):
        apply(UnionFactory(), UserFactory(), [pdf() for _ in range(11)])

    assert Enterprise.objects.count() == 0


def test_a_known_registration_number_is_refused():
    EnterpriseFactory(country="GB", registration_number="0123456")

    with pytest.raises(service.RegistrationTaken) as refused:
        apply(UnionFactory(), UserFactory())

    assert refused.value.facts == {"field": "registration_number"}
    assert Enterprise.objects.count() == 1
    assert Membership.objects.count() == 0


def test_an_unknown_business_class_is_refused():
    with pytest.raises(Invalid) as refused:
        apply(UnionFactory(), UserFactory(), business_class="ZZ")

    assert refused.value.field == "business_class"
    assert Enterprise.objects.count() == 0


def test_an_enterprise_applies_in_a_second_union():
    first = MembershipFactory()
    owner = owner_of(first)

    second = apply(UnionFactory(), owner, enterprise=first.enterprise)

    assert second.enterprise == first.enterprise
    assert second.state == "applied"
    assert Enterprise.objects.count() == 1
    first.refresh_from_db()
    assert first.state == "active"


def test_only_an_owner_applies_with_an_enterprise():
    enterprise = EnterpriseFactory()
    clerk = UserFactory()
    EnterpriseMember.objects.create(enterprise=enterprise, user=clerk, role=EnterpriseMember.Role.STAFF)

    with pytest.raises(NotAllowed):
        apply(UnionFactory(), clerk, enterprise=enterprise)

    assert Membership.objects.count() == 0


@pytest.mark.parametrize("state", [State.APPLIED, State.ACTIVE, State.SUSPENDED])
def test_applying_twice_is_refused(state):
    membership = MembershipFactory(state=state)

    with pytest.raises(service.AlreadyMember) as refused:
        apply(membership.union, owner_of(membership), [pdf()], enterprise=membership.enterprise)

    assert refused.value.facts == {"state": state}
    membership.refresh_from_db()
    assert membership.state == state
    assert MembershipPaper.objects.count() == MembershipChange.objects.count() == 0


def test_an_enterprise_that_left_applies_again():
    membership = MembershipFactory(state=State.LEFT)

    again = apply(membership.union, owner_of(membership), [pdf()], enterprise=membership.enterprise)

    assert again.pk == membership.pk
    again.refresh_from_db()
    assert (again.state, again.applied_at, again.decided_at) == ("applied", NOW, None)
    assert again.papers.count() == 1
    assert list(again.changes.values_list("from_state", "to_state")) == [("left", "applied")]


def test_a_union_elsewhere_takes_no_applications_here():
    with pytest.raises(service.ElsewhereUnion):
        apply(UnionFactory(address="https://elsewhere.example/"), UserFactory())

    assert Enterprise.objects.count() == 0


@pytest.mark.parametrize(
    ("move", "from_state", "to_state"),
    [
        ("approve", State.APPLIED, State.ACTIVE),
        ("approve", State.SUSPENDED, State.ACTIVE),
        ("suspend", State.ACTIVE, State.SUSPENDED),
        ("release", State.APPLIED, State.LEFT),
        ("release", State.ACTIVE, State.LEFT),
        ("release", State.SUSPENDED, State.LEFT),
    ],
)
def test_the_office_moves_a_membership(move, from_state, to_state):
    membership = MembershipFactory(state=from_state)
    admin = UnionStaffFactory(union=membership.union).user

    moved = getattr(service, move)(membership=membership, actor=admin, now=NOW, reason=" As agreed. ")

    moved.refresh_from_db()
    assert (moved.state, moved.decided_at) == (to_state, NOW)
    change = moved.changes.get()
    assert (change.from_state, change.to_state, change.actor, change.reason, change.at) == (
        from_state,
        to_state,
        admin,
        "As agreed.",
        NOW,
    )
    assert OutboxEvent.objects.get().payload == {"membership_id": moved.pk, "to_state": to_state}


@pytest.mark.parametrize(
    ("move", "state"),
    [
        ("approve", State.ACTIVE),
        ("approve", State.LEFT),
        ("suspend", State.APPLIED),
        ("suspend", State.SUSPENDED),
        ("suspend", State.LEFT),
        ("release", State.LEFT),
    ],
)
def test_a_move_from_the_wrong_state_changes_nothing(move, state):
    membership = MembershipFactory(state=state)
    admin = UnionStaffFactory(union=membership.union).user

    with pytest.raises(WrongState) as refused:
        getattr(service, move)(membership=membership, actor=admin, now=NOW)

    assert refused.value.facts == {"state": state}
    membership.refresh_from_db()
    assert membership.state == state
    assert MembershipChange.objects.count() == OutboxEvent.objects.count() == 0


def test_a_stale_copy_does_not_undo_what_happened_meanwhile():
    membership = MembershipFactory(state=State.APPLIED)
    stale = Membership.objects.get(pk=membership.pk)
    service.release(membership=membership, actor=None, now=NOW)

    with pytest.raises(WrongState) as refused:
        service.approve(membership=stale, actor=None, now=NOW)

    assert refused.value.facts == {"state": "left"}
    assert Membership.objects.get().state == "left"


@pytest.mark.parametrize("move", ["approve", "suspend", "release"])
def test_strangers_and_other_offices_cannot_decide(move):
    membership = MembershipFactory(state=State.APPLIED if move == "approve" else State.ACTIVE)
    support = UnionStaffFactory(union=membership.union, role="support").user
    for person in (UserFactory(), owner_of(membership), UnionStaffFactory().user, support):
        with pytest.raises(NotAllowed):
            getattr(service, move)(membership=membership, actor=person, now=NOW)

    before = membership.state
    membership.refresh_from_db()
    assert membership.state == before
    assert MembershipChange.objects.count() == 0


def test_the_center_admin_decides_everywhere():
    membership = MembershipFactory(state=State.APPLIED)

    service.approve(membership=membership, actor=CenterAdminFactory(), now=NOW)

    assert Membership.objects.get().state == "active"


def test_an_owner_leaves_and_nobody_else_does():
    membership = MembershipFactory()
    with pytest.raises(NotAllowed):
        service.leave(membership=membership, actor=UnionStaffFactory(union=membership.union).user, now=NOW)
    assert Membership.objects.get().state == "active"

    service.leave(membership=membership, actor=owner_of(membership), now=NOW, reason="Moving away")

    assert Membership.objects.get().state == "left"
    assert membership.changes.get().reason == "Moving away"


def test_owners_and_office_are_mailed_in_their_language():
    union = UnionFactory(languages=["ko", "en"], contact_email="office@busan.example")
    user = UserFactory(language="en", name="Mina")

    membership = apply(union, user)
    deliver_waiting(now=timezone.now())

    owners, office = sorted(mail.outbox, key=lambda message: message.to == ["office@busan.example"])
    assert owners.to == [user.email]
    assert owners.subject == f"Harbour Bakery in {union.name}"
    assert "Hello Mina" in owners.body
    assert f"/u/{union.slug}/apply/" in owners.body
    assert office.to == ["office@busan.example"]
    assert office.reply_to == ["hello@bakery.example"]
    assert f"/admin/unions/membership/{membership.pk}/change/" in office.body

    mail.outbox.clear()
    service.release(membership=membership, actor=None, now=NOW, reason="The licence has lapsed.")
    deliver_waiting(now=timezone.now())

    assert [message.to for message in mail.outbox] == [[user.email]]
    assert f"{union.name} has declined the application of Harbour Bakery." in mail.outbox[0].body
    assert "The licence has lapsed." in mail.outbox[0].body


def test_mail_is_sent_once_per_change():
    apply(UnionFactory(contact_email=""), UserFactory())

    deliver_waiting(now=timezone.now())
    deliver_waiting(now=timezone.now())

    assert len(mail.outbox) == 1
