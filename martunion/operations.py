"""What machines ask the site: is it alive, is it ready, what are its figures."""

import hmac
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from redis.exceptions import RedisError


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nothing of others, so that a broken database does not restart the web."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@cache_control(public=True, max_age=86400)
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the icon when a page (a picture, a file) names none."""
    return HttpResponseRedirect(static("favicon.svg"))


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether requests can be served: 200 when PostgreSQL and Redis answer, else 503 with which does not."""
    state = {"database": database_answers(), "redis": redis_answers()}
    return JsonResponse(
        {name: "ok" if good else "unreachable" for name, good in state.items()},
        status=200 if all(state.values()) else 503,
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' figures, for whoever knows METRICS_TOKEN; without a token only in development."""
    if settings.METRICS_TOKEN:
        wanted = f"Bearer {settings.METRICS_TOKEN}"
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), wanted.encode()):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not settings.ON_LAPTOP:
        return HttpResponseNotFound()
    figures: HttpResponse = ExportToDjangoView(request)
    return figures


PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}


class OperationsMiddleware:
    """Answer these three before anything else looks at the request.

    They are asked by address inside the network, so hosts, HTTPS, sessions and unions do not apply; and what tells
    whether the database works must not need it on the way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = PAGES.get(request.path_info)
        return page(request) if page else self.get_response(request)


def database_answers() -> bool:
    """One trivial statement went through."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def redis_answers() -> bool:
    """One read went through."""
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return False
    return True
