"""Loads the demo: three living unions and one elsewhere. Run again it changes nothing; killed, it goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django_scopes import scopes_disabled

from core.outbox import untold
from martunion.demo.browsed import load_browsing
from martunion.demo.cared import load_care
from martunion.demo.carried import load_parcels, open_carriers
from martunion.demo.changed import load_changes
from martunion.demo.content import UNIONS, UnionContent, people, union_content
from martunion.demo.goods import create_goods
from martunion.demo.invited import load_invitations
from martunion.demo.matched import load_matching
from martunion.demo.moved import load_files
from martunion.demo.people import MAIL, People
from martunion.demo.plan import PlannedPurchase, pieces_of, plan_trade, steps_of
from martunion.demo.priced import load_price_rules
from martunion.demo.reserved import load_reservations
from martunion.demo.responded import load_responses
from martunion.demo.ruled import load_rules
from martunion.demo.settled import pay_out_past_weeks
from martunion.demo.spoken import load_reviews
from martunion.demo.stores import create_applicant, create_store
from martunion.demo.supplied import load_supplies
from martunion.demo.trade import Trade
from martunion.demo.unions import create_union, create_union_elsewhere, load_classes
from martunion.demo.urgent import load_urgent_sales
from martunion.demo.visits import load_redirects
from martunion.demo.walked import load_procedures
from orders.services.figures import count_all_touched, touch_union
from orders.services.runs.counting import count_closed_steps
from stores.services.catalogue.history import keep_prices
from stores.services.search import index_products
from stores.services.summary import refresh_product
from unions.models import Redirect, Union

Report = Callable[[str], object]
"""Takes a line of progress for people."""


def sign_ins() -> list[tuple[str, str, str, str]]:
    """(role, e-mail address, password, path to open) of one person per role."""
    password = people()["password"]
    kaohsiung = union_content("kaohsiung")
    tea = next(store for store in kaohsiung.stores if store.slug == "shanhe-tea")
    cornwall = {store.slug: store for store in union_content("cornwall").stores}
    pottery, workshop, mill = (cornwall[slug] for slug in ("back-road-pottery", "camel-cycles", "bodmin-wool"))
    shopper, neighbour = (people()["customers"][union][0][1] for union in ("kaohsiung", "cornwall"))
    return [
        ("service center", people()["center"]["email"], password, "/admin/"),
        ("union admin, Kaohsiung", people()["offices"]["kaohsiung"][0]["email"], password, "/admin/"),
        ("union admin, Busan", people()["offices"]["busan"][0]["email"], password, "/admin/"),
        ("union admin, Cornwall", people()["offices"]["cornwall"][0]["email"], password, "/admin/"),
        ("store owner", tea.raw["owner"]["email"], password, "/manage/kaohsiung/shanhe-tea/"),
        ("store staff", tea.raw["staff"][0]["email"], password, "/manage/kaohsiung/shanhe-tea/"),
        ("store owner, Cornwall", pottery.raw["owner"]["email"], password, "/manage/cornwall/back-road-pottery/"),
        ("store owner, orders in steps", mill.raw["owner"]["email"], password, "/manage/cornwall/bodmin-wool/"),
        ("service provider, Cornwall", workshop.raw["owner"]["email"], password, "/provider/"),
        ("shopper", f"{shopper}@{MAIL}", password, "/u/kaohsiung/"),
        ("shopper, Cornwall", f"{neighbour}@{MAIL}", password, "/u/cornwall/"),
    ]


SIGN_INS = sign_ins()


@scopes_disabled()
def load_demo(*, now: datetime, report: Report) -> None:
    """Bring the demo unions into the database, with their weeks of trade up to `now` or the first load's moment.

    Each union's catalogue is one transaction; its trade goes through the services step by step, and what is there
    already is passed over.
    """
    with unhurried_disk():
        load_classes()
        made_by = People(now=now)
        made_by.center()
        for slug in UNIONS:
            load_union(union_content(slug), made_by=made_by, now=now, report=report)
        create_union_elsewhere()


@contextmanager
def unhurried_disk() -> Iterator[None]:
    """Commits do not wait for the disk: what a power cut takes of the demo, the next load brings back."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def load_union(content: UnionContent, *, made_by: People, now: datetime, report: Report) -> None:
    """One union: its catalogue, then its trade, its payouts and what was said about it."""
    name = content.raw["name"]["en"]
    union = Union.objects.filter(slug=content.slug).first()
    if union and Redirect.objects.filter(union=union).exists():
        # Redirects come last, and nobody visits before the first load is done: from here on it is the people's.
        load_urgent_sales(union=union, now=now)
        return
    until = union.created_at if union else now
    purchases = plan_trade(content, until=until)
    if union is None:
        report(f"  {name}: opening {len(content.stores)} stores …")
        union = _catalogue(content, purchases, made_by=made_by, now=now)
    load_procedures(union=union, content=content, now=union.created_at)
    if not union.carriers.exists():
        open_carriers(union=union, now=until)
    holding = timedelta(days=union.holding_days)
    trade = Trade(union=union, content=content)
    steps = trade.open_steps(steps_of(purchases, until=until, holding=holding))
    with untold():
        for number, step in enumerate(steps):
            if number % 200 == 0:
                report(f"  {name}: {number} of {len(steps)} steps of the past weeks …")
            trade.take(step)
        pay_out_past_weeks(union=union, until=until)
    load_reviews(union=union, content=content, trade=trade, until=until)
    with untold():
        load_reservations(union=union, content=content, trade=trade, until=until)
        load_invitations(union=union, content=content, trade=trade, until=until)
        load_parcels(union=union, content=content, trade=trade, until=until)
        load_changes(union=union, until=until)
        load_care(union=union, content=content, trade=trade, until=until)
        load_matching(union=union, content=content, trade=trade, until=until)
        load_responses(union=union, content=content, trade=trade, until=until)
        load_supplies(union=union, until=until)
    while count_closed_steps(now=until):
        pass
    load_files(union=union, until=until)
    load_price_rules(union=union, until=until)
    load_rules(union=union, trade=trade, until=until)
    load_urgent_sales(union=union, now=now)
    load_browsing(union=union, content=content, until=until)
    load_redirects(union=union, content=content, until=until)
    # What the past weeks were told of, nobody heard: their figures are counted here.
    touch_union(union=union)
    count_all_touched(union=union)


@transaction.atomic
def _catalogue(content: UnionContent, purchases: list[PlannedPurchase], *, made_by: People, now: datetime) -> Union:
    sold = pieces_of(purchases)
    union = create_union(content, now=now)
    office = made_by.office(union=union, content=content)
    made_by.customers(union=union, content=content)
    products: list[int] = []
    for stocked in content.stores:
        store = create_store(union=union, content=content, store=stocked, made_by=made_by, office=office[0], now=now)
        products += create_goods(union=union, content=content, store=store, stocked=stocked, sold=sold, now=now)
    create_applicant(union=union, content=content, made_by=made_by, now=now)
    keep_prices(product_ids=products, actor=None, now=now)
    refresh_product(product_ids=products)
    index_products(product_ids=products)
    return union
