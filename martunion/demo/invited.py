"""What assisted selling has in the demo: a plan with members, a poster, a list with letters, a room around an item."""

from datetime import datetime, timedelta

from chat.models import BuyerPlan, Campaign
from chat.services.codes import Person, issue_codes, issue_print_codes, note_scan, save_campaign
from chat.services.dues import collect_dues
from chat.services.members import join_plan, save_plan
from chat.services.rooms import open_room_around
from martunion.demo.content import UnionContent
from martunion.demo.trade import Trade
from payments.queries.accounts import verified_accounts_of
from stores.models import Product, Store, Variant
from unions.models import Union

WORDS = {
    "en": {
        "plan": "Friends of the street",
        "promise": "You are recognised at once, served first, and by whoever knows you best.",
        "terms": "The dues are taken every month until you cancel. Cancelling is possible at any time.",
        "poster": "The poster in our window",
        "list": "Invited to look",
        "letter": "we have kept something for you and would be glad to show it to you in person.",
        "room": "Looked at together",
    },
    "zh-hant": {
        "plan": "街坊好友",
        "promise": "一上線就認得您，優先服務，由最熟悉您的人接待。",
        "terms": "會費每月扣款，直到您取消為止；隨時可以取消。",
        "poster": "櫥窗裡的海報",
        "list": "邀您來看",
        "letter": "我們為您保留了一件好東西，很樂意親自介紹給您。",
        "room": "一起鑑賞",
    },
    "ko": {
        "plan": "거리의 단골",
        "promise": "오시면 바로 알아보고, 먼저, 가장 잘 아는 사람이 응대해 드려요.",
        "terms": "회비는 해지하실 때까지 매달 결제돼요. 언제든지 해지할 수 있어요.",
        "poster": "우리 가게 창문의 포스터",
        "list": "보러 오세요",
        "letter": "보여 드리고 싶은 것을 하나 남겨 두었어요. 직접 소개해 드리면 기쁘겠습니다.",
        "room": "함께 보기",
    },
}
DUES = {"TWD": 30000, "KRW": 9000, "GBP": 900}
"""A month, in minor units of the union's currency."""


def load_invitations(*, union: Union, content: UnionContent, trade: Trade, until: datetime) -> None:
    """Unless the union has them already."""
    if BuyerPlan.objects.filter(union=union).exists():
        return
    words, began = WORDS[content.language], until - timedelta(days=12)
    precious = (
        Variant.objects.filter(
            union=union, is_active=True, tracks_stock=True, product__is_published=True, stock__available__gte=1
        )
        .select_related("product__store", "store__membership", "union")
        .order_by("-price", "pk")[0]
    )
    store = precious.store
    _plans(union, store, trade, words, now=began)
    _campaigns(union, store, precious.product, trade, words, now=began)
    open_room_around(
        store=store,
        variant=precious,
        title=words["room"],
        hold_minutes=5,
        presenter=None,
        now=until - timedelta(hours=1),
    )


def _plans(union: Union, store: Store, trade: Trade, words: dict[str, str], *, now: datetime) -> None:
    """The union's plan with two members, and the store's with one."""
    amount = DUES.get(union.currency, 900)
    for place, dues, members in ((None, amount, 2), (store, amount * 2, 1)):
        plan = save_plan(
            union=union,
            store=place,
            plan=None,
            now=now,
            name=words["plan"],
            promise=words["promise"],
            terms=words["terms"],
            amount=dues,
            period=BuyerPlan.Period.MONTH,
        )
        for customer in trade.customers[:members]:
            accounts = verified_accounts_of(customer)
            if accounts:
                buyer = join_plan(
                    plan=plan, customer=customer, account=accounts[0], language=customer.language, now=now
                )
                collect_dues(dues_id=buyer.dues.get().pk, now=now)


def _campaigns(
    union: Union, store: Store, product: Product, trade: Trade, words: dict[str, str], *, now: datetime
) -> None:
    poster = save_campaign(
        union=union,
        store=store,
        campaign=None,
        actor=None,
        now=now,
        short="window",
        name=words["poster"],
        kind=Campaign.Kind.PRINT,
        product=product,
    )
    [code] = issue_print_codes(campaign=poster, label=words["poster"], quantity=1, now=now)
    for day in range(10):
        for _scan in range(3 + day * 7 % 5):
            note_scan(code=code, now=now + timedelta(days=day))
    invited = save_campaign(
        union=union,
        store=store,
        campaign=None,
        actor=None,
        now=now,
        short="invited",
        name=words["list"],
        kind=Campaign.Kind.LIST,
        product=product,
        words=words["letter"],
        rule={"member": True, "days": 365},
    )
    persons = [
        Person(name=customer.name, email=customer.email, language=customer.language, customer=customer)
        for customer in trade.customers[:5]
    ]
    issue_codes(campaign=invited, persons=persons, max_uses=None, now=now)
