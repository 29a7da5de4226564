"""How after-sales service goes: per program, per month, per state. Three queries for a store as for a whole union."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from core.statements import rows_of
from stores.models import Store
from unions.models import Union

MONTHS = 12

# Vouchers issued in the time; what was done for them follows from them.
_CHOSEN = """
WITH chosen AS MATERIALIZED (
    SELECT id, program_id, version_id, state, visits, used, issued_at, activated_at, currency
    FROM ascc_voucher
    WHERE union_id = %(union)s AND (%(store)s::bigint IS NULL OR store_id = %(store)s) AND issued_at >= %(since)s
)
"""
_BY_PROGRAM = (
    _CHOSEN
    + """
, done AS (
    SELECT chosen.program_id, count(*) AS services, sum(redemption.amount)::bigint AS paid,
        avg(extract(epoch FROM redemption.at - sent.sent_at)) AS seconds
    FROM chosen JOIN ascc_redemption AS redemption ON redemption.voucher_id = chosen.id
        AND redemption.union_id = %(union)s AND redemption.undone_at IS NULL
    LEFT JOIN LATERAL (
        SELECT max(sent_at) AS sent_at FROM ascc_transmission AS one
        WHERE one.voucher_id = chosen.id AND one.state = 'accepted' AND one.sent_at <= redemption.at
    ) AS sent ON true
    GROUP BY chosen.program_id
), said AS (
    SELECT chosen.program_id, avg(assessment.score) AS score, count(*) AS assessments,
        coalesce(sum(incentive.value) FILTER (WHERE incentive.state <> 'expired'), 0)::bigint AS rewards
    FROM chosen JOIN ascc_assessment AS assessment ON assessment.voucher_id = chosen.id
    LEFT JOIN ascc_incentivevoucher AS incentive ON incentive.assessment_id = assessment.id
    GROUP BY chosen.program_id
), insured AS (
    SELECT chosen.program_id, sum(policy.premium)::bigint AS premiums
    FROM chosen JOIN ascc_programversion AS version ON version.id = chosen.version_id
    JOIN ascc_policy AS policy ON policy.id = version.policy_id
    GROUP BY chosen.program_id
), held AS (
    SELECT program_id, count(*) AS issued, count(activated_at) AS activated, count(*) FILTER (WHERE used > 0) AS used,
        count(*) FILTER (WHERE state = 'expired') AS lapsed, count(*) FILTER (WHERE state = 'cancelled') AS cancelled
    FROM chosen GROUP BY program_id
)
SELECT program.id, program.ref, program.name, issuer.name AS store_name, held.issued, held.activated, held.used,
    held.lapsed, held.cancelled, coalesce(done.services, 0) AS services, coalesce(done.paid, 0) AS paid,
    done.seconds::float AS seconds, said.score::float AS score, coalesce(said.assessments, 0) AS assessments,
    coalesce(said.rewards, 0) AS rewards, coalesce(insured.premiums, 0) AS premiums
FROM held JOIN ascc_serviceprogram AS program ON program.id = held.program_id
LEFT JOIN stores_store AS issuer ON issuer.id = program.store_id
LEFT JOIN done ON done.program_id = held.program_id
LEFT JOIN said ON said.program_id = held.program_id
LEFT JOIN insured ON insured.program_id = held.program_id
ORDER BY held.issued DESC, program.id
"""
)
_BY_MONTH = (
    _CHOSEN
    + """
SELECT date_trunc('month', issued_at AT TIME ZONE %(zone)s)::date AS month, count(*) AS issued,
    count(*) FILTER (WHERE used > 0) AS used
FROM chosen GROUP BY 1 ORDER BY 1
"""
)
_BY_STATE = _CHOSEN + "SELECT state, count(*) AS number FROM chosen GROUP BY state"


@dataclass(frozen=True, slots=True)
class ProgramFigures:
    """What became of a program's vouchers. Money in minor units; `days` from hand-over to redemption, `score` 1 to 5.

    `cost` is what services, rewards and premiums came to.
    """

    program_id: int
    ref: str
    name: str
    issuer: str
    issued: int
    activated: int
    used: int
    lapsed: int
    cancelled: int
    services: int
    paid: int
    days: float | None
    score: float | None
    assessments: int
    rewards: int
    premiums: int

    @property
    def cost(self) -> int:
        return self.paid + self.rewards + self.premiums


@dataclass(frozen=True, slots=True)
class CareFigures:
    """The vouchers issued in a time: by program, most issued first; (month, issued, used of these); by state."""

    programs: list[ProgramFigures]
    months: list[tuple[date, int, int]]
    states: dict[str, int]

    def total(self, name: str) -> int:
        """The sum of one figure over all programs."""
        return sum(getattr(program, name) for program in self.programs)

    @property
    def score(self) -> float | None:
        """Mean satisfaction over all assessments."""
        said = [(each.score, each.assessments) for each in self.programs if each.score is not None]
        number = sum(count for _score, count in said)
        return sum(score * count for score, count in said) / number if number else None

    @property
    def days(self) -> float | None:
        """Mean days from hand-over to redemption over all services."""
        done = [(each.days, each.services) for each in self.programs if each.days is not None]
        number = sum(count for _days, count in done)
        return sum(days * count for days, count in done) / number if number else None


def figures_of(union: Union, store: Store | None = None, *, since: datetime) -> CareFigures:
    """What was issued since then, by everybody or for the goods of one store; three queries."""
    names = {"union": union.pk, "store": store.pk if store else None, "since": since, "zone": union.time_zone}
    return CareFigures(
        programs=[
            ProgramFigures(
                program_id=row.id,
                ref=row.ref,
                name=row.name,
                issuer=row.store_name or "",
                issued=row.issued,
                activated=row.activated,
                used=row.used,
                lapsed=row.lapsed,
                cancelled=row.cancelled,
                services=row.services,
                paid=row.paid,
                days=row.seconds / 86_400 if row.seconds is not None else None,
                score=row.score / 100 if row.score is not None else None,
                assessments=row.assessments,
                rewards=row.rewards,
                premiums=row.premiums,
            )
            for row in rows_of(_BY_PROGRAM, names)
        ],
        months=[(row.month, row.issued, row.used) for row in rows_of(_BY_MONTH, names)],
        states={row.state: row.number for row in rows_of(_BY_STATE, names)},
    )
