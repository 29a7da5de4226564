"""The union's own tree of goods and its tax classes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from core.clients import address_of
from core.errors import DomainError, Invalid
from stores.models import Category, TaxClass
from stores.queries.categories import category_tree
from stores.services.catalogue.categories import (
    check_merge,
    check_parent,
    merge_category,
    move_category,
    save_category,
)
from unions.admin.columns import percent
from unions.admin.office import Who, actor_of, office_of
from unions.admin.translated import TranslatedAdmin, TranslatedForm
from unions.models import Union


class CategoryForm(TranslatedForm):
    """Says beside the field what the service would refuse."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        union = self.instance.union if self.instance.pk else cleaned.get("union")
        if union is not None and "parent" in cleaned:
            category = self.instance if self.instance.pk else None
            try:
                check_parent(union=union, parent=cleaned["parent"], category=category)
            except Invalid as refusal:
                self.add_error("parent", str(refusal.detail))
        return cleaned


@admin.register(Category)
class CategoryAdmin(TranslatedAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    form = CategoryForm
    texts = ("name",)
    list_display = ("tree_name", "slug", "goods", "position")
    list_select_related = ("parent",)
    search_fields = ("name", "slug")
    ordering = ("union", "position", "name")
    actions_list = ["tree_page"]
    autocomplete_fields = ("parent",)
    fieldsets = ((None, {"fields": ("union", ("name", "slug"), ("parent", "position"))}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).annotate(goods_total=Count("products"))

    @action(description=_("Move and merge"), url_path="tree-page")
    def tree_page(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:stores_category_tree"))

    def get_urls(self) -> list[URLPattern]:
        page = path("tree/", self.admin_site.admin_view(self.tree_view), name="stores_category_tree")
        return [page, *super().get_urls()]

    def tree_view(self, request: HttpRequest) -> HttpResponse:
        """The whole tree of a union, edited by buttons: one step each, or merged into another."""
        office = office_of(request)
        unions = [union for union in Union.objects.order_by("name") if office.may_run({union.pk})]
        chosen = [union for union in unions if str(union.pk) == request.GET.get("union", "")] or unions[:1]
        if not chosen:
            raise PermissionDenied
        nodes = category_tree(chosen[0])
        if request.method == "POST":
            return self._change_tree(request, chosen[0], {str(node.pk): node for node in nodes})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Tree of categories"),
            "union": chosen[0],
            "unions": unions,
            "nodes": nodes,
            "focus": request.GET.get("focus", ""),
        }
        return TemplateResponse(request, "admin/office/categories.html", context)

    def _change_tree(self, request: HttpRequest, union: Union, nodes: dict[str, Any]) -> HttpResponse:
        category, move = nodes.get(request.POST.get("category", "")), request.POST.get("move", "")
        if category is None:
            raise Http404
        focus = f"{move}-{category.pk}"
        back = f"{reverse('admin:stores_category_tree')}?union={union.pk}&focus="
        who: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now(), "address": address_of(request)}
        try:
            if move == "merge":
                into = nodes.get(request.POST.get("into", ""))
                if into is None:
                    raise Invalid(_("Choose the category that remains."))
                check_merge(category=category, into=into)
                if "confirmed" not in request.POST:
                    return self._ask_merge(request, category, into, back=back + focus)
                merge_category(category=category, into=into, **who)
                messages.success(request, _("Merged. Old addresses lead to the category that remains."))
                focus = f"up-{into.pk}"
            else:
                move_category(category=category, move=move, **who)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(back + focus)

    def _ask_merge(self, request: HttpRequest, category: Any, into: Any, *, back: str) -> HttpResponse:
        """The page that says what merging does; it cannot be undone."""
        below = Category.objects.filter(union=category.union_id, parent=category).count()
        names = {"name": category.name, "into": into.name}
        goods = ngettext(
            "%(count)d article goes to “%(into)s”.", "%(count)d articles go to “%(into)s”.", category.goods
        )
        things = [goods % {**names, "count": category.goods}]
        if below:
            said = ngettext(
                "%(count)d category below it comes along.", "%(count)d categories below it come along.", below
            )
            things.append(said % {"count": below})
        things.append(gettext("“%(name)s” is gone then; its addresses lead to “%(into)s”. This is not undone.") % names)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge categories"),
            "opts": self.opts,
            "move": {
                "label": _("Merge"),
                "question": gettext("Merge “%(name)s” into “%(into)s”?") % names,
                "is_grave": True,
            },
            "things": things,
            "hidden": {"category": category.key, "move": "merge", "into": into.key},
            "back": back,
        }
        return TemplateResponse(request, "admin/office/confirm.html", context)

    @display(description=_("category"), ordering="name")
    def tree_name(self, category: Category) -> str:
        above = f"{category.parent.name} › " if category.parent else ""
        return above + category.name

    @display(description=_("goods"), ordering="goods_total")
    def goods(self, category: Any) -> int:
        return category.goods_total

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The service also brings the ancestors of all below up to date."""
        save_category(
            union=obj.union,
            name=obj.name,
            slug=obj.slug,
            parent=obj.parent,
            position=obj.position,
            translations=obj.translations,
            category=obj,
        )


@admin.register(TaxClass)
class TaxClassAdmin(TranslatedAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    texts = ("name",)
    list_display = ("name", "code", "rate")
    search_fields = ("name", "code")
    fieldsets = (
        (
            None,
            {
                "fields": ("union", ("name", "code"), "rate_bp"),
                "description": _("Prices include the tax. A new rate counts for orders placed from now on."),
            },
        ),
    )

    rate = percent("rate_bp", _("rate"))
