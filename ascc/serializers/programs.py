"""What is promised, and by whom it is kept."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ascc.models import ProgramVersion, ProviderPrice, ServiceProvider
from core.api.money import MoneyField, UnionMoneyField
from core.localized import localized

Shown = serializers.Serializer[Any]
COVERS = "repair, check_up, installation, training, advice, pick_up."


class ProgramFilterSerializer(Shown):
    """What a list can be narrowed to."""

    store = serializers.CharField(required=False, max_length=60, help_text="What this store promises or offers.")
    sale = serializers.ChoiceField(choices=ProgramVersion.Sale.choices, required=False)


class VersionFilterSerializer(Shown):
    """Which version; the newest unless told."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)


class ProgramScopeSerializer(Shown):
    """One kind of goods; everything said in it has to fit. Prices are of one piece."""

    product = serializers.CharField(source="product.slug", default=None)
    category = serializers.CharField(source="category.slug", default=None, help_text="With all below it.")
    store = serializers.CharField(source="store.slug", default=None)
    price_from = UnionMoneyField()
    price_to = UnionMoneyField()


class ProgramSerializer(Shown):
    """A program in one version, which stays as it is for the vouchers that were issued under it."""

    number = serializers.CharField(source="program.ref")
    version = serializers.IntegerField(source="number")
    store = serializers.CharField(source="program.store.slug", default=None, help_text="None: the service center's.")
    title = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()
    terms = serializers.SerializerMethodField()
    covers = serializers.ListField(child=serializers.CharField(), help_text=COVERS)
    begins = serializers.CharField(source="event", help_text="When the order is paid or delivered.")
    months = serializers.IntegerField()
    visits = serializers.IntegerField()
    value = UnionMoneyField(help_text="What a visit is worth at most; 0 where nothing is said.")
    deductible = UnionMoneyField(help_text="What the customer pays per visit.")
    sale = serializers.CharField(help_text="included or extra.")
    price = UnionMoneyField(help_text="Of an extra, before a store names its own.")
    activate_days = serializers.IntegerField(help_text="Days in which it must be activated; 0: no need to hurry.")
    needs_serial = serializers.BooleanField()
    needs_photo = serializers.BooleanField()
    regions = serializers.ListField(child=serializers.CharField(), help_text="ISO 3166-2; empty: everywhere.")
    goods = ProgramScopeSerializer(source="scopes.all", many=True, help_text="Empty: all goods.")
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)

    def get_title(self, version: ProgramVersion) -> str:
        return localized(version, "title")

    def get_summary(self, version: ProgramVersion) -> str:
        return localized(version, "summary")

    def get_terms(self, version: ProgramVersion) -> str:
        return localized(version, "terms")


class ProviderFilterSerializer(Shown):
    """What a list can be narrowed to."""

    q = serializers.CharField(required=False, max_length=100, help_text="Words of its name or of what it says.")
    skill = serializers.CharField(
        required=False, max_length=24, help_text="A signal code: who knows it, something below it or all above it."
    )
    store = serializers.CharField(required=False, max_length=60, help_text="A store's short name.")


class ProviderPriceSerializer(Shown):
    """What it takes for what no voucher covers."""

    title = serializers.SerializerMethodField()
    skill = serializers.CharField(source="code", help_text="A signal code; empty: any kind of work.")
    amount = UnionMoneyField(help_text="Tax included.")
    unit = serializers.CharField(help_text="visit, hour or piece.")

    def get_title(self, price: ProviderPrice) -> str:
        return localized(price, "title")


class ProviderSerializer(Shown):
    """A store that does after-sales service, with its record."""

    number = serializers.CharField(source="ref")
    store = serializers.CharField(source="store.slug")
    name = serializers.SerializerMethodField()
    about = serializers.SerializerMethodField()
    skills = serializers.SerializerMethodField()
    reach_km = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Services done.")
    timed = serializers.IntegerField(help_text="Of them at an agreed time.")
    on_time = serializers.IntegerField(help_text="Of these on time.")
    score = serializers.FloatField(allow_null=True, help_text="Mean satisfaction from 1 to 5.")
    assessments = serializers.IntegerField(source="score_count")
    answers_after = serializers.SerializerMethodField(help_text="Seconds, on average; null before the first.")
    earned = MoneyField(currency_source="union.currency", help_text="With incentive vouchers.")
    prices = ProviderPriceSerializer(source="prices.all", many=True, help_text="For what no voucher covers.")

    def get_name(self, provider: ServiceProvider) -> str:
        return localized(provider.store, "name")

    def get_about(self, provider: ServiceProvider) -> str:
        return localized(provider, "about")

    def get_skills(self, provider: ServiceProvider) -> list[str]:
        """Signal codes."""
        return [skill.code for skill in provider.skills.all()]

    def get_answers_after(self, provider: ServiceProvider) -> int | None:
        return provider.answer_seconds // provider.answers if provider.answers else None


class AssessmentSerializer(Shown):
    """What a customer thought, aspect by aspect from 1 to 5."""

    quality = serializers.IntegerField()
    punctuality = serializers.IntegerField()
    courtesy = serializers.IntegerField()
    price = serializers.IntegerField()
    words = serializers.CharField()
    answer = serializers.CharField(help_text="What the provider said to it.")
    at = serializers.DateTimeField()


class ProviderRecordSerializer(ProviderSerializer):
    """With the newest assessments."""

    said = serializers.SerializerMethodField()

    @extend_schema_field(AssessmentSerializer(many=True))
    def get_said(self, provider: ServiceProvider) -> Any:
        return AssessmentSerializer(self.context["said"], many=True).data
