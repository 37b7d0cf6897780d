"""From the words of a person to a scope: periods, units, procedures, the day of judgement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reconcile.claims import Procedure
from reconcile.scope import BadPeriod, PeriodRule, Scope, period
from reconcile.text import codes
from worker.desk import naming
from worker.desk.actor import Actor, Unseen
from worker.desk.refused import Refused
from worker.house import House


def scope_for(
    house: House,
    actor: Actor,
    *,
    units: Sequence[str] = (),
    procedures: Sequence[str] = (),
    starts: date | None = None,
    ends: date | None = None,
    named: str | None = None,
    as_of: date | None = None,
) -> Scope:
    """The scope that these words mean, of the actor's own units at most.

    Without a day of judgement: the last day of the period if it is past, else today. Raises
    Refused, and Unseen where none of the units is the actor's.
    """
    if named:
        if starts or ends:
            raise Refused("Ghi kỳ (--period), hoặc từ ngày và đến ngày; không dùng cả hai.")
        starts, ends = _days(named, house.settings.office.period_rule)
    if starts and ends and starts > ends:
        raise Refused("Từ ngày (--from) sau đến ngày (--to).")
    today = house.clock.today()
    if as_of is not None and as_of > today:
        raise Refused(
            f"Ngày chốt (--as-of) {as_of:%d/%m/%Y} ở tương lai (hôm nay {today:%d/%m/%Y}): "
            "không ai biết trước."
        )
    past = ends if ends is not None and ends < today else None
    wanted = actor.within(naming.units_of(house, units) if units else None)
    if wanted is not None and not wanted:
        raise Unseen(", ".join(units))
    return Scope(
        as_of=as_of or past or today,
        starts=starts,
        ends=ends,
        units=wanted,
        procedures=frozenset(map(_procedure, procedures)) if procedures else None,
        as_of_given=as_of is not None,
    )


def _days(text: str, rule: PeriodRule) -> tuple[date, date]:
    try:
        found = period(text, rule)
    except BadPeriod:
        raise Refused(
            f"Không hiểu kỳ “{text}”. Viết 2024-Q1 (quý), 2024-03 (tháng), 2024 (năm), "
            "2024-6T hoặc 2024-9T (sáu, chín tháng)."
        ) from None
    return found.starts, found.ends


def _procedure(text: str) -> str:
    classes = {one.value for one in Procedure if one}
    if text in classes:
        return text
    code = codes.procedure(text)
    if not code:
        raise Refused(
            f"Không hiểu thủ tục “{text}”. Viết một mã thủ tục như 1.001193, hoặc một trong: "
            + ", ".join(sorted(classes))
        )
    return code
