"""The admin site: for the service center and for people of unions' offices."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.defaults import permission_denied
from unfold.sites import UnfoldAdminSite

from martunion.administration.dashboard import dashboard
from unions.queries import office_of


class OfficeSite(UnfoldAdminSite):
    """One signs in where everybody does (limits, passkeys, codes), and sees times as the union's clocks show them."""

    site_title = site_header = _("martunion office")
    index_title = _("Overview")
    index_template = "admin/office/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff with a place in an office, or the service center's administrator."""
        user = request.user
        if not (user.is_active and user.is_staff):
            return False
        office = office_of(request.user)
        return office.everywhere or bool(office.sees)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            return permission_denied(request, PermissionDenied())
        return redirect_to_login(request.GET.get("next", reverse("admin:index")), reverse("account_login"))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        super().logout(request, extra_context)
        return HttpResponseRedirect("/")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_change_password"))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def on_local_time(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            zones = {union.time_zone for union in office_of(request.user).unions}
            zone = ZoneInfo(zones.pop()) if len(zones) == 1 else timezone.get_default_timezone()
            with timezone.override(zone):
                response = inner(request, *args, **kwargs)
                # Before the union's clocks are left again.
                return response.render() if isinstance(response, TemplateResponse) else response

        return on_local_time

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        shown = dashboard(office=office_of(request.user), chosen=request.GET.get("union", ""), now=timezone.now())
        return super().index(request, {**(extra_context or {}), **shown})
