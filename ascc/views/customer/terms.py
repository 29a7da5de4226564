"""What a program promises, in full: linked from the goods it comes with."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ascc.presenting import promise_shown
from ascc.queries.promises import program_version
from core.errors import NotFound
from core.localized import localized
from orders.views.shopping import union_of


@require_GET
def program(request: HttpRequest, union: str, ref: str) -> HttpResponse:
    """The version in force; with `?version=` the one that a voucher was issued under."""
    here = union_of(request)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None
    try:
        version = program_version(here, ref, number=number, now=timezone.now())
    except NotFound as error:
        raise Http404 from error
    store = version.program.store
    context = {
        "promise": promise_shown(version, currency=here.currency),
        "by": localized(store, "name") if store is not None else localized(here, "name"),
        "version": version,
    }
    return render(request, "care/program.html", context)
