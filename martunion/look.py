"""The living style page, /look/, in development only: every component with made-up content."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from core.charts import Point, draw

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MOTIFS = {
    "cup": '<path d="M150 170h200v120a90 90 0 0 1-90 90h-20a90 90 0 0 1-90-90z" fill="{b}"/><path d="M350 200h30a45 45 0 0 1 0 90h-34" fill="none" stroke="{b}" stroke-width="26"/><path d="M150 170h200v34H150z" fill="{c}"/><path d="M205 130c-20-30 20-40 0-74M255 130c-20-30 20-40 0-74" fill="none" stroke="{c}" stroke-width="12" stroke-linecap="round"/>',
    "bag": '<path d="M140 180h220l24 230H116z" fill="{b}"/><path d="M190 200v-40a60 60 0 0 1 120 0v40" fill="none" stroke="{c}" stroke-width="18" stroke-linecap="round"/><circle cx="250" cy="310" r="44" fill="{c}"/>',
    "fish": '<path d="M90 250c70-110 190-110 260 0-70 110-190 110-260 0z" fill="{b}"/><path d="m340 250 80-70v140z" fill="{c}"/><circle cx="160" cy="235" r="13" fill="{a}"/><path d="M220 190c30 40 30 80 0 120M265 200c24 34 24 66 0 100" fill="none" stroke="{c}" stroke-width="10"/>',
    "plant": '<path d="M180 310h140l-20 110H200z" fill="{c}"/><path d="M250 310V190M250 250c-90 0-110-60-110-110 80 0 110 50 110 110zM250 220c0-70 40-110 110-110 0 70-30 110-110 110z" fill="{b}" stroke="{b}" stroke-width="8"/>',
}


def drawing(motif: str, ground: str, body: str, accent: str) -> dict[str, Any]:
    """A small drawn picture as a data address."""
    shape = MOTIFS[motif].format(a=ground, b=body, c=accent)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 500" preserveAspectRatio="xMidYMid slice">'
        f'<rect width="500" height="500" fill="{ground}"/>{shape}</svg>'
    )
    return {"src": "data:image/svg+xml," + quote(svg), "width": 500, "height": 500}


CUP = drawing("cup", "#f4e3d0", "#b5502f", "#7c2f1a")
BAG = drawing("bag", "#dfe9e4", "#2f6b5c", "#e8b04b")
FISH = drawing("fish", "#d9e6f2", "#3e6fa3", "#e2725b")
PLANT = drawing("plant", "#efe9d7", "#5d7f3b", "#c0673f")


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label="E-mail", help_text="Only for news about this order.")
    delivery = forms.ChoiceField(
        label="How should it come?", widget=forms.RadioSelect, choices=[("post", "By post"), ("pickup", "I fetch it")]
    )
    country = forms.ChoiceField(label="Country", choices=[("TW", "Taiwan"), ("KR", "Korea"), ("GB", "United Kingdom")])
    note = forms.CharField(label="A word to the shop", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    terms = forms.BooleanField(label="I have read the terms of sale")


def goods() -> list[dict[str, Any]]:
    """Product cards in every state."""
    return [
        {
            "url": "#",
            "title": "Hand-thrown tea cup, iron glaze",
            "store": "Yancheng Clay",
            "price": "NT$480",
            "picture": CUP,
            "rating": 4.7,
            "reviews": 31,
            "stock": {"state": "in", "text": "In stock"},
        },
        {
            "url": "#",
            "title": "Market bag from old sailcloth, large, with inner pocket",
            "store": "Harbour Thread",
            "price": "NT$690",
            "was": "NT$890",
            "picture": BAG,
            "badge": {"text": "Urgent sale"},
            "rating": 4.2,
            "reviews": 8,
            "stock": {"state": "low", "text": "3 left"},
        },
        {
            "url": "#",
            "title": "Mullet roe, air-dried, 150 g",
            "store": "Cijin Fish House",
            "price": "NT$1,150",
            "unit": "150 g",
            "picture": FISH,
            "stock": {"state": "out", "text": "Sold out, back on Friday"},
        },
        {
            "url": "#",
            "title": "虎尾蘭盆栽",
            "store": "綠角落",
            "price": "NT$350",
            "picture": PLANT,
            "badge": {"kind": "brand", "text": "New"},
            "rating": 5,
            "reviews": 2,
            "stock": {"state": "in", "text": "In stock"},
        },
    ]


def context() -> dict[str, Any]:
    """Everything the style page shows."""
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    sales = [412, 380, 505, 467, 820, 1140, 960]
    points = [Point(day, value * 100, f"NT${value}", now=day == "Fri") for day, value in zip(days, sales, strict=True)]
    return {
        "street": [{"url": "#", "title": title, "current": title == "Food"} for title in ("All shops", "Food", "Crafts", "Repairs", "Clothing", "Plants", "Urgent sales")],
        "cart_count": 3,
        "goods": goods(),
        "stores": [
            {"url": "#", "name": "Yancheng Clay", "kind": "Pottery", "tagline": "Cups and bowls from the kiln behind the shop.", "picture": CUP, "presence": {"state": "here", "text": "Mrs. Lin answers in about 1 min"}, "opening": "Open until 19:00", "rating": 4.7, "reviews": 112},
            {"url": "#", "name": "Cijin Fish House", "kind": "Fish and seafood", "tagline": "What the boats brought this morning.", "picture": FISH, "presence": {"state": "away", "text": "Answers tomorrow from 8:00"}, "opening": "Closed now"},
        ],
        "unions": [
            {"url": "#", "name": "Kaohsiung Harbour Union", "hue": 15, "region": "Kaohsiung, Taiwan", "tagline": "From the harbour to the hills.", "picture": FISH, "facts": ["24 shops", "TWD"]},
            {"url": "#", "name": "부산 골목 상가", "hue": 255, "region": "Busan, Korea", "tagline": "골목마다 단골집.", "picture": BAG, "facts": ["18 shops", "KRW"], "distance": "12 km"},
            {"url": "#", "name": "Cornwall Makers", "hue": 165, "region": "Cornwall, United Kingdom", "tagline": "Made between two coasts.", "picture": PLANT, "facts": ["15 shops", "GBP"], "external": True},
        ],
        "crumbs": [{"url": "#", "title": "Kaohsiung"}, {"url": "#", "title": "Yancheng Clay"}, {"title": "Tea cup"}],
        "facets": [
            {"title": "Class", "name": "class", "open": True, "options": [{"value": "47", "title": "Retail trade", "count": 212, "chosen": True}, {"value": "56", "title": "Food and drink", "count": 48}]},
            {"title": "Price", "name": "price", "kind": "radio", "open": True, "options": [{"value": "a", "title": "up to NT$500", "count": 120}, {"value": "b", "title": "NT$500 to 1,000", "count": 61}]},
            {"title": "Store", "name": "store", "open": False, "options": [{"value": "x", "title": "Yancheng Clay", "count": 31}]},
        ],
        "chips": [{"value": "iron", "title": "Iron", "chosen": True}, {"value": "celadon", "title": "Celadon"}, {"value": "white", "title": "White", "gone": True}],
        "hours": [{"day": day, "text": "10:00–19:00" if day != "Sun" else "closed", "today": day == "Fri"} for day in days],
        "reviews": [{"rating": 5, "title": "Light in the hand", "text": "Smaller than I thought, and better for it.", "author": "Hui-Ju", "date": NOW, "reply": "Thank you! The larger one comes in spring.", "reply_author": "Yancheng Clay"}, {"rating": 3.5, "text": "Nice, but the parcel took a week.", "author": "M. Ó.", "date": NOW}],
        "lines": [
            {"key": 1, "title": "Hand-thrown tea cup, iron glaze", "url": "#", "variant": "Iron, 180 ml", "price": "NT$960", "picture": CUP, "quantity": 2, "max": 9, "change_url": "#", "remove_url": "#"},
            {"key": 2, "title": "Market bag from old sailcloth", "url": "#", "price": "NT$690", "picture": BAG, "note": "Only 1 left: we took 1 instead of 2", "quantity": 1, "max": 1, "change_url": "#", "remove_url": "#"},
        ],
        "summary": [{"title": "Goods", "text": "NT$1,650"}, {"title": "Delivery from 2 shops", "text": "NT$120"}, {"title": "of which tax 5 %", "text": "NT$84"}],
        "total": {"title": "To pay", "text": "NT$1,770"},
        "steps": [{"title": "Cart", "url": "#", "state": "done"}, {"title": "Details", "state": "now"}, {"title": "Check", "state": ""}],
        "ways": [{"value": "post", "title": "By post", "text": "With you by Tuesday", "price": "NT$60", "chosen": True}, {"value": "pickup", "title": "I fetch it", "text": "From tomorrow 10:00, Yancheng Street 4", "price": "free"}, {"value": "bike", "title": "By bicycle", "text": "Not to your postcode", "gone": True}],
        "moments": [{"title": "Ordered and paid", "time": NOW - timedelta(days=2), "state": "done"}, {"title": "Packed", "time": NOW - timedelta(days=1), "state": "done"}, {"title": "On its way", "time": NOW, "text": "Black Cat 9 0012 3321, expected on Saturday", "state": "now"}, {"title": "Delivered", "state": ""}],
        "bars": draw(title="Friday is ahead of last week's Friday by a fifth", unit="Sales in TWD", points=points, scale=100, label_heading="Day"),
        "line": draw(title="Waiting times fell below one minute", unit="Seconds until the first answer", kind="line", points=[Point(f"{hour}:00", seconds, f"{seconds} s") for hour, seconds in zip(range(9, 19), (140, 120, 128, 90, 84, 95, 70, 61, 55, 48), strict=True)], label_heading="Hour"),
        "orders": [("KH-7Q2M-4", "Hui-Ju Chen", "paid", "warning", "NT$1,770"), ("KH-7Q2K-9", "Min-jun Park", "shipped", "brand", "NT$480"), ("KH-7Q1X-2", "Ann Other", "delivered", "success", "NT$2,310")],
        "sections": [{"title": title, "url": "#", "icon": icon, "current": title == "Orders", "count": count, "main": icon in ("chart", "package", "tag", "stock"), "group": group} for title, icon, count, group in (("Dashboard", "chart", 0, ""), ("Orders", "package", 4, ""), ("Catalogue", "tag", 0, "Goods"), ("Stock", "stock", 2, "Goods"), ("Suppliers", "truck", 0, "Goods"), ("Settlement", "coins", 0, "Business"), ("Team", "people", 0, "Business"))],
        "soon": datetime.now(UTC) + timedelta(hours=2, minutes=14),
    }  # fmt: skip


def form_of(request: HttpRequest) -> SampleForm:
    """An empty form, or one with errors after it was sent."""
    return SampleForm({"email": "not-an-address"} if "errors" in request.GET else None)


def look(request: HttpRequest) -> HttpResponse:
    """The shopping side."""
    if "messages" in request.GET:
        messages.success(request, "The tea cup is in your cart.")
        messages.error(request, "The payment was declined: no money was taken.")
    shown = context() | {"form": form_of(request), "hue": request.GET.get("hue", "15")}
    return render(request, "look/shop.html", shown)


def workbench(request: HttpRequest) -> HttpResponse:
    """The management side."""
    store = {"name": "Yancheng Clay", "url": "/look/", "manage_url": "/look/workbench/"}
    return render(request, "look/workbench.html", context() | {"store": store, "hue": request.GET.get("hue", "15")})


urlpatterns = [path("", look, name="look"), path("workbench/", workbench, name="workbench")]
