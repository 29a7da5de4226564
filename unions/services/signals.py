"""Loading the project's own short tree of signal codes: `{code: {"title", "translations": {"ko": …}}}`, parents first.

What stands before the last hyphen of a code is its parent.
"""

from __future__ import annotations

import json
from pathlib import Path

from unions.models import SignalCode

SHORT_TREE = Path(__file__).resolve().parent.parent / "data" / "signals_short.json"


def add_missing_signal_codes(*, model: type[SignalCode] = SignalCode) -> None:
    """Put in what is missing of the short tree, leaving what a full file brought as it is."""
    nodes = []
    ancestors: dict[str, list[str]] = {}
    for code, said in json.loads(SHORT_TREE.read_text(encoding="utf-8")).items():
        parent = code.rpartition("-")[0]
        ancestors[code] = [*ancestors.get(parent, []), code]
        nodes.append(
            model(
                code=code,
                parent_id=parent or None,
                title=said["title"],
                translations=said["translations"],
                ancestors=ancestors[code],
            )
        )
    model.objects.bulk_create(nodes, ignore_conflicts=True)
