"""The office's pages of conversations: stores lead them, the office reads how they went, not what was said."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from chat.models import Block, ConsoleSession, Conversation, Handover, Invitation, Manager, Rule
from unions.admin.columns import linked
from unions.admin.office import OfficeAdmin, OwnFilter, ReadOnlyInline

COLOURS = {"waiting": "warning", "active": "success", "missed": "danger", "ended": "info"}
STATUS_COLOURS = {"available": "success", "busy": "warning", "away": "warning", "silent": "info", "off": "info"}


class HandoverInline(ReadOnlyInline):
    model = Handover
    fields = ("at", "why", "from_user", "to_user", "note")
    verbose_name_plural = _("who had it")


@admin.register(Conversation)
class ConversationAdmin(OfficeAdmin):
    """How a conversation went. Its words are not shown here: they are between the shopper and the store."""

    list_display = ("ref", "created_at", "store", "shopper_name", "manager", "state_label", "rating")
    list_filter = ("state", ("store", OwnFilter), "rating", "origin")
    list_filter_submit = True
    list_select_related = ("store", "manager")
    search_fields = ("=ref", "shopper_name", "=shopper_email")
    date_hierarchy = "created_at"
    ordering = ("-id",)
    inlines = (HandoverInline,)
    fieldsets = (
        (None, {"fields": (("ref", "state_label"), ("store_link", "department"), ("shopper_name", "language"))}),
        (_("Who answered"), {"fields": (("manager", "with_support"), "beside", ("rating", "rating_words"))}),
        (_("When"), {"fields": (("created_at", "answered_at"), ("ended_at", "ended_by"), "union")}),
    )
    store_link = linked("store", _("store"))

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_label(self, conversation: Conversation) -> tuple[str, str]:
        return conversation.state, conversation.get_state_display()


@admin.register(Manager)
class ManagerAdmin(OfficeAdmin):
    list_display = ("shown", "store", "status_label", "capacity", "is_program", "last_served_at")
    list_filter = ("status", ("store", OwnFilter), "is_program")
    list_filter_submit = True
    list_select_related = ("store", "user")
    search_fields = ("shown_name", "user__name", "=user__email")
    ordering = ("store__name", "pk")
    fieldsets = (
        (None, {"fields": (("shown_name", "user"), ("store_link", "status_label"), ("capacity", "departments"))}),
        (_("How"), {"fields": (("accepts_at_once", "is_program"), ("can_voice", "can_video"))}),
        (_("When"), {"fields": (("status_at", "last_served_at"), "union")}),
    )
    store_link = linked("store", _("store"))

    @display(description=_("name"), ordering="shown_name")
    def shown(self, manager: Manager) -> str:
        return str(manager)

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def status_label(self, manager: Manager) -> tuple[str, str]:
        return manager.status, manager.get_status_display()


@admin.register(ConsoleSession)
class ConsoleSessionAdmin(OfficeAdmin):
    """Where and when managers were logged in."""

    list_display = ("manager", "began_at", "ended_at", "ended_by", "place", "address")
    list_filter = ("ended_by",)
    list_filter_submit = True
    list_select_related = ("manager__user", "manager__store")
    search_fields = ("manager__shown_name", "manager__user__name", "place", "=address")
    date_hierarchy = "began_at"
    ordering = ("-id",)
    fields = ("manager", ("began_at", "ended_at"), "ended_by", ("place", "address"), "device", "channel", "union")


@admin.register(Block)
class BlockAdmin(OfficeAdmin):
    """Whom a store or the union does not talk to; letting back in is done where it was blocked."""

    list_display = ("at", "store", "who", "reason", "by", "until", "address_until")
    list_filter = (("store", OwnFilter),)
    list_filter_submit = True
    list_select_related = ("store", "user", "by")
    search_fields = ("reason", "=user__email")
    ordering = ("-id",)
    fields = (("at", "until"), "store", "who", ("address", "address_until"), "reason", "by", "union")

    @display(description=_("who"))
    def who(self, block: Block) -> str:
        return str(block.user or _("a guest"))


class InvitationInline(ReadOnlyInline):
    model = Invitation
    fields = ("shown_at", "state", "answered_at")
    verbose_name_plural = _("invitations")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """The last fifty: a rule may have spoken a hundred thousand times."""
        last = Invitation.objects.filter(rule=OuterRef("rule")).order_by("-id").values("pk")[:50]
        return super().get_queryset(request).filter(pk__in=last)


@admin.register(Rule)
class RuleAdmin(OfficeAdmin):
    """Whom stores help: the office reads their rules, stores change them."""

    list_display = ("name", "store", "action", "is_enabled", "priority", "changed_at")
    list_filter = ("is_enabled", "action", ("store", OwnFilter))
    list_filter_submit = True
    list_select_related = ("store",)
    search_fields = ("name", "=ref")
    ordering = ("-priority", "pk")
    inlines = (InvitationInline,)
    fieldsets = (
        (None, {"fields": (("name", "ref"), ("store_link", "is_enabled"), ("action", "offer"), "conditions", "words")}),
        (_("How"), {"fields": (("priority", "cooldown_minutes"), ("limit_per_visitor", "free_minutes"))}),
        (_("When"), {"fields": (("begins_at", "ends_at"), ("changed_at", "changed_by"), "union")}),
    )
    store_link = linked("store", _("store"))
