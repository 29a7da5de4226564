"""Sales procedures, and orders on their way by them, as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api.money import MoneyField
from orders.models import Procedure, ProcedureStep, RunStep
from orders.services.procedures import StepWish
from stores.models import StoreStaff

Shown = serializers.Serializer[Any]
Kind, Move, From, Unit = ProcedureStep.Kind, ProcedureStep.Move, ProcedureStep.From, ProcedureStep.Unit


class ProcedureStepSerializer(Shown):
    """A step. `due_count` units are counted `due_from`: paid, previous, step (the one with `due_key`), deadline."""

    key = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    promise = serializers.CharField(help_text="What the shopper reads.")
    tells = serializers.BooleanField(help_text="Whether the shopper is written to when it is done.")
    permission = serializers.CharField(help_text="Who does it: whoever may do this in the store.")
    due_count = serializers.IntegerField(allow_null=True)
    due_unit = serializers.CharField()
    due_from = serializers.CharField()
    due_key = serializers.CharField()
    checklist = serializers.ListField(child=serializers.CharField())
    moves = serializers.CharField(help_text="accept, pack, send, deliver, or nothing.")
    deposit = MoneyField("union.currency")
    may_be_skipped = serializers.BooleanField()


class ProcedureSerializer(Shown):
    """A procedure by its newest published version; without a store it is a template of the union."""

    ref = serializers.CharField()
    name = serializers.CharField()
    store = serializers.CharField(source="store.slug", default=None, allow_null=True)
    version = serializers.SerializerMethodField()
    published_at = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()

    def _newest(self, procedure: Procedure) -> Any:
        return next(iter(procedure.versions.all()), None)

    def get_version(self, procedure: Procedure) -> int | None:
        newest = self._newest(procedure)
        return newest.number if newest else None

    def get_published_at(self, procedure: Procedure) -> str | None:
        newest = self._newest(procedure)
        return serializers.DateTimeField().to_representation(newest.published_at) if newest else None

    def get_steps(self, procedure: Procedure) -> list[dict[str, Any]]:
        newest = self._newest(procedure)
        if newest is None:
            return []
        steps = list(newest.steps.all())
        for step in steps:
            step.union = procedure.union
        return list(ProcedureStepSerializer(steps, many=True).data)


class StepWishSerializer(Shown):
    """A step to be; with the `key` of a step of the version before it counts as the same step in figures."""

    key = serializers.CharField(required=False, default="", allow_blank=True, max_length=16)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False, default=Kind.OWN)
    title = serializers.CharField(max_length=80)
    promise = serializers.CharField(required=False, default="", allow_blank=True, max_length=160)
    tells = serializers.BooleanField(required=False, default=False)
    permission = serializers.ChoiceField(
        choices=StoreStaff.Permission.choices, required=False, default=StoreStaff.Permission.ORDERS
    )
    due_count = serializers.IntegerField(required=False, default=None, allow_null=True, min_value=0, max_value=10_000)
    due_unit = serializers.ChoiceField(choices=Unit.choices, required=False, default=Unit.HOURS)
    due_from = serializers.ChoiceField(
        choices=[choice for choice in From.choices if choice[0] != From.STEP],
        required=False,
        default=From.PREVIOUS,
        help_text="From an earlier step in particular it is counted on the pages of the store.",
    )
    checklist = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, default=list, max_length=15
    )
    moves = serializers.ChoiceField(choices=Move.choices, required=False, default=Move.NOTHING, allow_blank=True)
    deposit = serializers.IntegerField(required=False, default=None, allow_null=True, min_value=1, max_value=10**13)
    may_be_skipped = serializers.BooleanField(required=False, default=True)


class ProcedureWishSerializer(Shown):
    """All steps of a procedure: they are published as its next version."""

    name = serializers.CharField(max_length=80)
    steps = StepWishSerializer(many=True)


def wishes_of(steps: list[dict[str, Any]]) -> list[StepWish]:
    """The cleaned steps as the service takes them."""
    return [StepWish(**step) for step in steps]


class RunStepSerializer(Shown):
    """A step of an order: blocked, open, done, skipped, called_off."""

    place = serializers.IntegerField(source="position")
    key = serializers.CharField(source="step.key")
    kind = serializers.CharField(source="step.kind")
    title = serializers.CharField(source="step.title")
    state = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    ready_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    checklist = serializers.ListField(source="step.checklist", child=serializers.CharField())
    ticked = serializers.ListField(child=serializers.IntegerField(), help_text="Places in the checklist, from 0.")
    moves = serializers.CharField(source="step.moves")
    note = serializers.CharField()
    signed_by = serializers.CharField()
    is_drawn = serializers.BooleanField(help_text="Whether the signature was drawn; the store's page shows it.")
    is_taken = serializers.SerializerMethodField()

    def get_is_taken(self, step: RunStep) -> bool:
        return step.assignee_id is not None


class RunSerializer(Shown):
    """By what an order walks, and how far it is."""

    procedure = serializers.CharField(source="version.procedure.ref")
    name = serializers.CharField(source="version.procedure.name")
    version = serializers.IntegerField(source="version.number")
    started_at = serializers.DateTimeField()
    steps = RunStepSerializer(source="way", many=True)


class DoneSerializer(Shown):
    """What was ticked and noted; a carrier where a parcel leaves by it."""

    ticked = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=14), required=False, default=list, max_length=15
    )
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)
    signed_by = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    carrier = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    tracking_number = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)
    tracking_url = serializers.URLField(required=False, default="", allow_blank=True, max_length=200)


class SkipSerializer(Shown):
    reason = serializers.CharField(max_length=500)
