"""The living style page, /look/, in development only: every component with the content of look_samples.json."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from core.charts import Point, draw
from matching.forms.codes import SignalCodeField

SAMPLES = Path(__file__).with_name("look_samples.json")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PICTURES = {
    "cup": (
        "#f4e3d0",
        '<path d="M150 170h200v120a90 90 0 0 1-90 90h-20a90 90 0 0 1-90-90z" fill="#b5502f"/>'
        '<path d="M350 200h30a45 45 0 0 1 0 90h-34" fill="none" stroke="#b5502f" stroke-width="26"/>'
        '<path d="M150 170h200v34H150z" fill="#7c2f1a"/>'
        '<path d="M205 130c-20-30 20-40 0-74M255 130c-20-30 20-40 0-74" fill="none" stroke="#7c2f1a" '
        'stroke-width="12" stroke-linecap="round"/>',
    ),
    "bag": (
        "#dfe9e4",
        '<path d="M140 180h220l24 230H116z" fill="#2f6b5c"/><circle cx="250" cy="310" r="44" fill="#e8b04b"/>'
        '<path d="M190 200v-40a60 60 0 0 1 120 0v40" fill="none" stroke="#e8b04b" stroke-width="18" '
        'stroke-linecap="round"/>',
    ),
    "fish": (
        "#d9e6f2",
        '<path d="M90 250c70-110 190-110 260 0-70 110-190 110-260 0z" fill="#3e6fa3"/>'
        '<path d="m340 250 80-70v140z" fill="#e2725b"/><circle cx="160" cy="235" r="13" fill="#d9e6f2"/>'
        '<path d="M220 190c30 40 30 80 0 120M265 200c24 34 24 66 0 100" fill="none" stroke="#e2725b" '
        'stroke-width="10"/>',
    ),
    "plant": (
        "#efe9d7",
        '<path d="M180 310h140l-20 110H200z" fill="#c0673f"/>'
        '<path d="M250 310V190M250 250c-90 0-110-60-110-110 80 0 110 50 110 110zM250 220c0-70 40-110 110-110 '
        '0 70-30 110-110 110z" fill="#5d7f3b" stroke="#5d7f3b" stroke-width="8"/>',
    ),
}


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label="E-mail", help_text="Only for news about this order.")
    delivery = forms.ChoiceField(
        label="How should it come?", widget=forms.RadioSelect, choices=[("post", "By post"), ("pickup", "I fetch it")]
    )
    wanted = SignalCodeField(help_text="Shops that sell it are asked.")
    country = forms.ChoiceField(label="Country", choices=[("TW", "Taiwan"), ("KR", "Korea"), ("GB", "United Kingdom")])
    note = forms.CharField(label="A word to the shop", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    terms = forms.BooleanField(label="I have read the terms of sale")


def drawing(motif: str) -> dict[str, Any]:
    """A small drawn picture as a data address."""
    ground, shapes = PICTURES[motif]
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 500" preserveAspectRatio="xMidYMid slice">'
        f'<rect width="500" height="500" fill="{ground}"/>{shapes}</svg>'
    )
    return {"src": "data:image/svg+xml," + quote(svg), "width": 500, "height": 500}


def filled(thing: dict[str, Any]) -> dict[str, Any]:
    """Motifs become pictures and days from now become times."""
    for name in ("date", "time"):
        if name in thing:
            thing[name] = NOW + timedelta(days=thing[name])
    if "picture" in thing:
        thing["picture"] = drawing(thing["picture"])
    return thing


def context(request: HttpRequest) -> dict[str, Any]:
    """Everything the style pages show, in the hue that the query asks for."""
    samples = json.loads(SAMPLES.read_text(), object_hook=filled)
    days = zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), (412, 380, 505, 467, 820, 1140, 960), strict=True)
    sales = [Point(day, amount * 100, f"NT${amount}", now=day == "Fri") for day, amount in days]
    waits = [
        Point(f"{9 + hour}:00", wait, f"{wait} s")
        for hour, wait in enumerate((140, 120, 128, 90, 84, 95, 70, 61, 55, 48))
    ]
    return samples | {
        "hue": request.GET.get("hue", "15"),
        "form": SampleForm({"email": "not-an-address"} if "errors" in request.GET else None),
        "bars": draw(title="Friday is a fifth up", unit="Sales in TWD", points=sales, scale=100, label_heading="Day"),
        "line": draw(
            title="Waiting times fell below one minute",
            unit="Seconds until the first answer",
            kind="line",
            points=waits,
            label_heading="Hour",
        ),
        "soon": datetime.now(UTC) + timedelta(hours=2, minutes=14),
    }


def look(request: HttpRequest) -> HttpResponse:
    """The shopping side."""
    if "messages" in request.GET:
        messages.success(request, "The tea cup is in your cart.")
        messages.error(request, "The payment was declined: no money was taken.")
    return render(request, "look/shop.html", context(request))


def workbench(request: HttpRequest) -> HttpResponse:
    """The management side."""
    store = {"name": "Yancheng Clay", "url": "/look/", "manage_url": "/look/workbench/"}
    return render(request, "look/workbench.html", context(request) | {"store": store})


urlpatterns = [path("", look, name="look"), path("workbench/", workbench, name="workbench")]
