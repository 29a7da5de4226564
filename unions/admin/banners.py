"""Banners over the union's home."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from core.errors import DomainError
from core.pictures import MOST_BYTES, check_picture
from unions.admin.columns import badge
from unions.admin.office import Who
from unions.admin.translated import TranslatedAdmin, TranslatedForm
from unions.models import UnionBanner
from unions.services.banners import set_banner_picture


class BannerForm(TranslatedForm):
    """The banner with a picture to send, which is looked at before anything is saved."""

    upload = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("Wide, at most 12 MB; beside the words on a desk, above them on a phone."),
    )
    bare = forms.BooleanField(label=_("Take its picture down"), required=False)

    def clean_upload(self) -> Any:
        upload = self.cleaned_data.get("upload")
        if upload:
            try:
                check_picture(content=upload.read(MOST_BYTES + 1))
            except DomainError as refusal:
                raise ValidationError(str(refusal)) from refusal
            upload.seek(0)
        return upload


@admin.register(UnionBanner)
class BannerAdmin(TranslatedAdmin):
    added_by = changed_by = deleted_by = Who.OFFICE
    form = BannerForm
    texts = ("title", "words", "link_words")
    list_display = ("title", "when", "tone", "position", "is_published")
    list_filter = ("is_published", ("tone", ChoicesDropdownFilter))
    search_fields = ("title", "words")
    readonly_fields = ("picture",)
    fieldsets = (
        (None, {"fields": ("union", "title", "words", ("link", "link_words"))}),
        (_("When and how"), {"fields": (("starts_at", "ends_at"), ("tone", "position"), "is_published")}),
        (_("Picture"), {"fields": ("picture", "upload", "bare")}),
    )

    @display(description=_("shown"))
    def when(self, banner: UnionBanner) -> SafeString:
        now = timezone.now()
        if not banner.is_published:
            return badge(_("not published"))
        if banner.starts_at > now:
            return badge(_("planned"), "info")
        if banner.ends_at is not None and banner.ends_at <= now:
            return badge(_("over"))
        return badge(_("shown now"), "success")

    @display(description=_("as it is"))
    def picture(self, banner: UnionBanner) -> SafeString | str:
        if not banner.sizes:
            return "—"
        return format_html('<img src="{}" alt="" width="320">', default_storage.url(banner.sizes[0]["path"]))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None and "starts_at" in form.base_fields:
            form.base_fields["starts_at"].initial = timezone.now
        return form

    def save_model(self, request: HttpRequest, obj: UnionBanner, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("upload"):
            set_banner_picture(banner=obj, file=form.cleaned_data["upload"])
        elif form.cleaned_data.get("bare") and obj.sizes:
            set_banner_picture(banner=obj, file=None)
