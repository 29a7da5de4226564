"""Sales procedures: their steps, versions and uses. Other apps call what is named here."""

from orders.services.procedures.assigning import assign, unassign
from orders.services.procedures.editing import (
    StepWish,
    add_step,
    change_step,
    discard_draft,
    move_step,
    publish_draft,
    publish_whole,
    remove_step,
)
from orders.services.procedures.making import copy_procedure, create_procedure, rename_procedure, retire_procedure

__all__ = [
    "StepWish",
    "add_step",
    "assign",
    "change_step",
    "copy_procedure",
    "create_procedure",
    "discard_draft",
    "move_step",
    "publish_draft",
    "publish_whole",
    "remove_step",
    "rename_procedure",
    "retire_procedure",
    "unassign",
]
