"""What a rule asks of a visit: the tree, what is known, and which rule speaks. Pure: no clock, no database."""

from chat.conditions.choosing import Rule, choose
from chat.conditions.facts import Facts
from chat.conditions.tree import LEAVES, check, holds, leaves_of

__all__ = ["LEAVES", "Facts", "Rule", "check", "choose", "holds", "leaves_of"]
