"""The editor of sales procedures and the work by them, as people use the pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Order, OrderRun, Procedure, ProcedureAssignment, ProcedureStep, RunStep
from orders.queries.procedures import newest_version, steps_of
from orders.queries.step_figures import SPANS, step_figures, within
from orders.services.procedures import StepWish, assign, create_procedure, publish_whole
from orders.services.runs.counting import count_closed_steps
from orders.services.runs.doing import do_step
from orders.services.runs.overdue import note_overdue_steps
from orders.services.runs.starting import start_runs
from stores.models import StoreStaff
from tests.factories.orders import NOW, OrderFactory
from tests.factories.procedures import WAY, published, states, steps, walking
from tests.factories.stores import CategoryFactory, StoreStaffFactory
from tests.factories.unions import owner_of
from tests.manage.people import new_shop, signed_in

pytestmark = pytest.mark.django_db
STEP = {
    "kind": "own", "title": "Polish", "permission": "orders", "person": "", "due_count": "2", "due_unit": "days",
    "counted": "previous", "checklist": "Front\n\nBack", "promise": "We polish it", "tells": "on", "moves": "",
    "may_be_skipped": "on", "deposit": "", "once": "a",
}  # fmt: skip


def body(response) -> str:
    return response.content.decode()


def own(shop) -> Procedure:
    return Procedure.objects.get(store=shop.store)


def test_first_procedure_is_made_step_by_step_and_used(shop):
    owner = shop.owner()
    assert "Make the first procedure" in body(owner.get(shop.url("procedures/")))
    answer = owner.post(shop.url("procedures/new/"), {"name": "Restoring", "template": "", "once": "x"})
    again = owner.post(shop.url("procedures/new/"), {"name": "Restoring", "template": "", "once": "x"})
    procedure = own(shop)
    address = shop.url(f"procedures/{procedure.ref}/")
    assert (answer["Location"], again["Location"]) == (address, address)
    assert "No steps yet" in body(owner.get(address))
    form = owner.get(f"{address}steps/new/?kind=pack").context["form"]
    assert (form["title"].value(), form["moves"].value(), form["due_count"].value()) == ("Pack", "pack", 2)
    assert owner.post(f"{address}steps/new/", STEP)["Location"] == address
    owner.post(f"{address}steps/new/", STEP | {"title": "Pack", "kind": "pack", "moves": "pack", "once": "b"})
    polish, pack = ProcedureStep.objects.order_by("position")
    assert (polish.checklist, polish.due_count, polish.due_unit, polish.tells) == (["Front", "Back"], 2, "days", True)
    answer = owner.post(f"{address}steps/{pack.key}/up/")
    assert answer["Location"] == f"{address}#step-{pack.key}"
    assert list(ProcedureStep.objects.order_by("position").values_list("title", flat=True)) == ["Pack", "Polish"]
    assert "by " in body(owner.get(f"{address}preview/"))
    assert "We polish it" in body(owner.get(f"{address}preview/"))
    owner.post(f"{address}publish/")
    category = CategoryFactory(union=shop.store.union)
    owner.post(f"{address}use/", {"category": str(category.pk), "goods": ""})
    owner.post(f"{address}use/", {"category": "", "goods": "LOAF-1"})
    owner.post(f"{address}use/", {"category": "", "goods": ""})
    uses = ProcedureAssignment.objects.order_by("pk").values_list("category", "product", "procedure")
    assert list(uses) == [
        (category.pk, None, procedure.pk),
        (None, shop.product.pk, procedure.pk),
        (None, None, procedure.pk),
    ]
    page = body(owner.get(address))
    assert ("Publish version" in page, "version 1" in page, "Seeded loaf" in page) == (False, True, True)
    owner.post(f"{address}use/gone/", {"use": str(ProcedureAssignment.objects.get(product=shop.product).pk)})
    assert ProcedureAssignment.objects.filter(product=shop.product).count() == 0


def test_form_of_a_step_says_what_is_wrong_beside_the_field(shop):
    procedure = create_procedure(union=shop.store.union, store=shop.store, name="Way", now=NOW)
    address = shop.url(f"procedures/{procedure.ref}/steps/new/")
    answer = shop.owner().post(address, STEP | {"kind": "take_deposit"})
    assert answer.context["form"].errors == {"deposit": ["Say how much the deposit is."]}
    answer = shop.owner().post(address, STEP | {"promise": ""})
    assert answer.context["form"].errors == {"promise": ["Write what the shopper reads."]}
    assert "Nothing was saved yet. Please look at this:" in body(answer)
    assert '<a href="#id_promise">' in body(answer)
    assert ProcedureStep.objects.count() == 0
    shop.owner().post(address, STEP | {"kind": "take_deposit", "deposit": "25.00"})
    assert ProcedureStep.objects.get().deposit == 2500


def test_goods_that_the_store_does_not_have_are_refused(shop):
    procedure = published(shop.store)
    answer = shop.owner().post(shop.url(f"procedures/{procedure.ref}/use/"), {"category": "", "goods": "NOTHING"})
    assert "You have no goods of this name." in body(answer)
    assert ProcedureAssignment.objects.count() == 0


def test_step_is_edited_by_its_own_values(shop):
    person = StoreStaffFactory(store=shop.store, permissions=["orders"]).user
    procedure = published(
        shop.store, StepWish("First"), StepWish("Second", person=person, checklist=("a", "b"), due_count=1)
    )
    first, second = ProcedureStep.objects.order_by("position")
    address = shop.url(f"procedures/{procedure.ref}/")
    form = shop.owner().get(f"{address}steps/{second.key}/").context["form"]
    shown = {name: form[name].value() for name in ("title", "person", "checklist", "counted")}
    assert shown == {"title": "Second", "person": str(person.pk), "checklist": "a\nb", "counted": "previous"}
    shop.owner().post(f"{address}steps/{second.key}/", STEP | {"counted": f"step:{first.key}", "title": "Later"})
    changed = ProcedureStep.objects.get(version__published_at=None, key=second.key)
    assert (changed.title, changed.due_from, changed.due_key, changed.person) == ("Later", "step", first.key, None)
    shop.owner().post(f"{address}discard/")
    assert ProcedureStep.objects.filter(title="Later").count() == 0
    shop.owner().post(f"{address}rename/", {"name": "New name"})
    shop.owner().post(f"{address}retire/")
    procedure.refresh_from_db()
    assert (procedure.name, procedure.retired_at is not None) == ("New name", True)
    assert shop.owner().get(address).status_code == 404


def test_template_of_the_union_is_copied(shop):
    template = create_procedure(union=shop.store.union, store=None, name="The union's way", now=NOW)
    publish_whole(procedure=template, wishes=WAY, actor=None, now=NOW)
    draft = create_procedure(union=shop.store.union, store=None, name="Unready", now=NOW)
    page = shop.owner().get(shop.url("procedures/new/"))
    assert [value for value, _words in page.context["form"].fields["template"].choices] == ["", template.ref]
    shop.owner().post(shop.url("procedures/new/"), {"name": "", "template": template.ref, "once": "x"})
    assert (own(shop).name, own(shop).source) == ("The union's way", template)
    answer = shop.owner().post(shop.url("procedures/new/"), {"name": "", "template": draft.ref, "once": "y"})
    assert answer.status_code == 200
    assert Procedure.objects.filter(store=shop.store).count() == 1


def test_work_is_taken_ticked_and_done(shop):
    order = walking(shop.store, StepWish("Check", checklist=("Brakes", "Lights")), StepWish("Sign", kind="signature"))
    packer = StoreStaffFactory(store=shop.store, permissions=["orders"]).user
    client, address = signed_in(packer), shop.url(f"steps/{order.number}/1/")
    assert [row["title"] for row in client.get(shop.url("steps/")).context["rows"]] == ["Check"]
    client.post(f"{address}take/")
    page = client.get(shop.url("steps/"))
    assert (page.context["view"], page.context["rows"][0]["is_mine"]) == ("mine", True)
    refused = client.post(f"{address}done/", {"ticked": ["0"], "note": "hm"})
    assert refused.context["form"].errors == {"__all__": ["Tick everything on the checklist first."]}
    assert (steps(order)[0].ticked, steps(order)[0].note, states(order)) == ([0], "hm", "ob")
    client.post(f"{address}note/", {"ticked": ["1"], "note": "left wheel"})
    assert (steps(order)[0].ticked, states(order)) == ([1], "ob")
    answer = client.post(f"{address}done/", {"ticked": ["0", "1"], "note": ""})
    assert (answer["Location"], states(order)) == (shop.url("steps/"), "do")
    again = client.post(f"{address}done/", {"ticked": ["0", "1"], "note": ""}, follow=True)
    assert "moved on in the meantime" in body(again)
    sign = shop.url(f"steps/{order.number}/2/")
    refused = client.post(f"{sign}done/", {"note": "", "signed_by": ""})
    assert refused.context["form"].errors == {"signed_by": ["Write who signed."]}
    refused = client.post(f"{sign}done/", {"note": "", "signed_by": "Ada"})
    words = "Let them sign in the field, or say that the name stands for it."
    assert (refused.context["form"].errors, states(order)) == ({"signature": [words]}, "do")
    client.post(f"{sign}done/", {"note": "", "signed_by": "Ada", "by_name": "on"})
    done = steps(order)[1]
    assert (states(order), done.signed_by, done.signature) == ("dd", "Ada", None)


def test_sending_step_asks_for_the_carrier(shop):
    order = walking(shop.store, StepWish("Send", moves="send"), goods_total=0, delivery_total=0, total=0)
    address = shop.url(f"steps/{order.number}/1/")
    client = shop.owner()
    assert "carrier" in client.get(address).context["form"].fields
    refused = client.post(f"{address}done/", {"note": "", "carrier": ""})
    assert refused.context["form"].errors == {"carrier": ["Say which carrier has the parcel."]}
    client.post(f"{address}done/", {"note": "", "carrier": "Royal Mail", "tracking_number": "J1"})
    order.refresh_from_db()
    assert (order.state, order.shipments.get().carrier, states(order)) == ("shipped", "Royal Mail", "d")


def test_step_is_handed_over_and_left_out(shop):
    order = walking(shop.store, StepWish("One"), StepWish("Two"))
    colleague = StoreStaffFactory(store=shop.store, permissions=["orders"]).user
    address = shop.url(f"steps/{order.number}/1/")
    shop.owner().post(f"{address}give/", {"person": str(colleague.pk)})
    assert steps(order)[0].assignee == colleague
    shop.owner().post(f"{address}give/", {"person": str(shop.store.pk + 999)})
    assert steps(order)[0].assignee == colleague
    refused = shop.owner().post(f"{address}skip/", {"reason": ""})
    assert refused.context["skip"].errors
    shop.owner().post(f"{address}skip/", {"reason": "Not needed"})
    assert (states(order), steps(order)[0].note) == ("so", "Not needed")


def test_talker_does_what_talkers_do(shop):
    order = walking(shop.store, StepWish("Call back", permission="console"), StepWish("Pack"))
    talker = StoreStaffFactory(store=shop.store, permissions=["console"]).user
    client = signed_in(talker)
    assert [row["title"] for row in client.get(shop.url("steps/")).context["rows"]] == ["Call back"]
    assert shop.url(f"orders/{order.number}/") not in body(client.get(shop.url(f"steps/{order.number}/1/")))
    client.post(shop.url(f"steps/{order.number}/1/done/"), {"note": "She is happy"})
    assert states(order) == "do"
    assert client.post(shop.url(f"steps/{order.number}/2/done/"), {"note": ""}).status_code == 403
    assert states(order) == "do"


def test_deposit_is_asked_for_from_the_step(shop):
    order = walking(shop.store, StepWish("Deposit", kind="take_deposit", deposit=2500))
    address = shop.url(f"steps/{order.number}/1/")
    shop.owner().post(f"{address}deposit/")
    step = steps(order)[0]
    assert step.bill.payment.amount == 2500
    assert step.bill.number in body(shop.owner().get(address))


def test_order_page_shows_its_way_and_lets_it_be_changed(shop):
    order = walking(shop.store, goods_total=0, delivery_total=0, total=0)
    gift = published(shop.store, StepWish("Wrap it"), name="Gift")
    page = shop.owner().get(shop.url(f"orders/{order.number}/"))
    assert [row["title"] for row in page.context["run"]["steps"]] == [wish.title for wish in WAY]
    shop.owner().post(shop.url(f"orders/{order.number}/accept/"))
    assert states(order) == "dobbb"
    shop.owner().post(shop.url(f"orders/{order.number}/procedure/"), {"procedure": gift.ref})
    assert [step.step.title for step in steps(order)] == ["Wrap it"]
    shop.owner().post(shop.url(f"orders/{order.number}/procedure/"), {"procedure": "OTHER"})
    assert [step.step.title for step in steps(order)] == ["Wrap it"]


def test_order_page_says_what_its_button_would_pass(shop):
    must = StepWish("Weigh", may_be_skipped=False)
    order = walking(
        shop.store, StepWish("Accept", moves="accept"), StepWish("Polish <it>"), must, StepWish("Pack", moves="pack"),
        goods_total=0, delivery_total=0, total=0,
    )  # fmt: skip
    client, address = shop.owner(), shop.url(f"orders/{order.number}/")
    assert "Not done yet" not in body(client.get(address))
    client.post(f"{address}accept/")
    page = body(client.get(address))
    assert "Not done yet: Polish &lt;it&gt;. If you go on, this counts as left out." in page
    assert "Not done yet: Weigh. This stays to be done, also if you go on." in page
    client.post(f"{address}pack/")
    assert (states(order), steps(order)[1].closed_by) == ("dsod", owner_of(shop.store.membership))
    page = body(client.get(address))
    # Nothing more is passed by what comes next, and what was left out says why.
    assert ("counts as left out" in page, "The order went on without it." in page) == (False, True)
    assert "Not done yet: Weigh." in page
    assert "Weigh" in body(client.get(shop.url("steps/?view=all")))
    assert "Polish" not in body(client.get(shop.url("steps/?view=all")))


def test_shopper_reads_what_was_promised(client, shop):
    order = walking(shop.store, now=timezone.now(), placed_at=timezone.now(), goods_total=0, delivery_total=0, total=0)
    track = f"/u/{order.union.slug}/track/{order.purchase.token}/"
    page = body(client.get(track))
    assert ("What the shop does for you" in page, "We check your bike" in page, "Call back" in page) == (
        True,
        True,
        False,
    )
    assert page.count("We check your bike") == 1


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_with_any_number(shop, count, django_assert_num_queries):
    client = shop.owner()
    client.get(shop.url("procedures/"))
    for number in range(count):
        assign(store=shop.store, procedure=published(shop.store, name=f"Way {number}"))
        start_runs(purchase_id=OrderFactory(store=shop.store).purchase_id, now=NOW)
    with django_assert_num_queries(5):
        assert len(client.get(shop.url("procedures/")).context["procedures"]) == count
    with django_assert_num_queries(6):
        assert len(client.get(shop.url("steps/?view=all")).context["rows"]) == count


def test_overdue_steps_are_told_once_to_who_has_them(shop, mailoutbox):
    from core.outbox import deliver_waiting
    from orders.services.runs.mail import send_overdue_mails

    order = walking(shop.store, StepWish("One", due_count=1, due_from="paid"), StepWish("Two"))
    person = StoreStaffFactory(store=shop.store, permissions=["orders"]).user
    late = NOW + timedelta(hours=2)
    assert note_overdue_steps(now=NOW + timedelta(minutes=59)) == 0
    assert (note_overdue_steps(now=late), note_overdue_steps(now=late)) == (1, 0)
    deliver_waiting(now=timezone.now())
    step = steps(order)[0]
    assert step.told_late_at == late
    RunStep.objects.filter(pk=step.pk).update(assignee=person)
    assert send_overdue_mails(store=shop.store, step_ids=[step.pk]) == 1
    assert (mailoutbox[-1].to, order.number in mailoutbox[-1].body) == ([person.email], True)
    assert shop.url("steps/?view=late") in mailoutbox[-1].body
    do_step(step=step, actor=person, now=late)
    assert send_overdue_mails(store=shop.store, step_ids=[step.pk]) == 0
    page = shop.owner().get(shop.url())
    assert "Late steps" not in body(page)


def test_late_steps_stand_on_the_first_page(shop):
    walking(shop.store, StepWish("One", due_count=1, due_from="paid"))
    assert "Late steps" in body(shop.owner().get(shop.url()))


def test_figures_say_where_orders_lie_longest(shop):
    now = timezone.now()
    hour = timedelta(hours=1)
    way = published(shop.store, StepWish("Quick", due_count=2), StepWish("Slow", due_count=1), at=now - 10 * hour)
    assign(store=shop.store, procedure=way)
    for long in (2, 4, 6):
        order = OrderFactory(store=shop.store)
        order.changes.update(at=now - 9 * hour)
        start_runs(purchase_id=order.purchase_id, now=now - 9 * hour)
        do_step(step=steps(order)[0], actor=None, now=now - 9 * hour + timedelta(minutes=10))
        do_step(step=steps(order)[1], actor=None, now=now - 9 * hour + timedelta(minutes=10) + long * hour)
    assert count_closed_steps(now=now) == 6
    assert count_closed_steps(now=now) == 0
    slow, quick = step_figures(shop.store, days=28, now=now)
    assert (slow.title, slow.closed, slow.late, slow.seconds) == ("Slow", 3, 3, 12 * 3600)
    assert (quick.title, quick.closed, quick.late, quick.seconds) == ("Quick", 3, 0, 3 * 600)
    # Checked against the raw rows: the quantile lies in the span in which the true one lies.
    assert 2 * 3600 <= slow.within(0.5) <= 8 * 3600
    page = shop.owner().get(shop.url("steps/figures/"))
    assert "“Slow”" in body(page)
    assert [row["title"] for row in page.context["rows"]] == ["Slow", "Quick"]
    assert shop.owner().get(shop.url("steps/figures/?days=7")).context["period"] == 7
    assert shop.owner().get(shop.url("steps/figures/?days=8")).context["period"] == 28


def test_quantiles_lie_between_the_bounds_of_their_span():
    assert within({}, 0.5) == 0
    assert within({0: 4}, 0.5) == 30
    assert within({5: 1, 6: 1}, 0.5) == SPANS[5]
    assert within({len(SPANS): 2}, 0.5) == 1.5 * SPANS[-1]


def test_nothing_is_sold_by_a_procedure_of_another_store(shop):
    other = new_shop()
    foreign = published(other.store)
    for path in ("", "preview/", "steps/new/"):
        assert shop.owner().get(shop.url(f"procedures/{foreign.ref}/{path}")).status_code == 404
    assert shop.owner().post(shop.url(f"procedures/{foreign.ref}/publish/")).status_code == 404
    assert (OrderRun.objects.count(), Order.objects.count(), StoreStaff.objects.count()) == (0, 2, 0)


def test_who_does_not_handle_orders_lets_nobody_else_do_so(shop):
    procedure = published(shop.store, StepWish("Confirm"), StepWish("Pack", permission="stock", moves="pack"))
    goods = shop.staff("catalogue")
    address = shop.url(f"procedures/{procedure.ref}/")
    goods.post(f"{address}steps/new/", STEP | {"tells": "", "once": "1"})
    goods.post(f"{address}publish/")
    assert [step.title for step in newest_steps(procedure)] == ["Confirm", "Pack", "Polish"]
    mine = newest_steps(procedure)[2]
    for change in ({"permission": "catalogue"}, {"permission": "catalogue", "moves": "deliver"}):
        goods.post(f"{address}steps/{mine.key}/", STEP | change | {"tells": "", "once": str(change)})
        answer = goods.post(f"{address}publish/", follow=True)
        assert "lets others than those who handle orders work on them" in body(answer)
        assert newest_steps(procedure)[2].permission == "orders"
    shop.staff("catalogue", "orders").post(f"{address}publish/")
    assert newest_steps(procedure)[2].permission == "catalogue"


def newest_steps(procedure) -> list[ProcedureStep]:
    return steps_of(newest_version(procedure))
