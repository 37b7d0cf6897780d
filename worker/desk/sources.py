"""Which sources the data come from, and what to do with one that was renamed or left.

Only configured sources count. What others said stays in the store until a person says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.claims import Role
from reconcile.labels import ROLES
from worker.desk.actor import Actor, Right
from worker.desk.refused import Refused
from worker.house import House
from worker.run import leases
from worker.store import KnownSource, Renamed


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """A source that is configured, or that left data; ``known`` None: nothing was read of it."""

    name: str
    role: Role
    configured: bool
    known: KnownSource | None

    @property
    def retired(self) -> bool:
        return self.known is not None and self.known.retired

    @property
    def claims(self) -> int:
        return self.known.claims if self.known else 0


def every(house: House) -> list[SourceStanding]:
    """The configured sources and those that only left data, by name."""
    configured = {source.name: source.role for source in house.settings.sources}
    known = {one.name: one for one in house.store.known_sources.all()}
    return [
        SourceStanding(
            name,
            configured[name] if name in configured else known[name].role,
            name in configured,
            known.get(name),
        )
        for name in sorted(configured.keys() | known.keys())
    ]


def rename(house: House, actor: Actor, old: str, new: str, *, reason: str) -> Renamed:
    """What was moved to the name that the source bears in the configuration now.

    Raises Refused, and ``leases.Busy`` during a run.
    """
    from worker.run import periods  # frozen figures are decided anew by it: only here

    actor.need(Right.HEALTH)
    stray = _stray(house, old)
    source = house.settings.source(new)
    if source is None:
        raise Refused(f"Không có nguồn “{new}” trong cấu hình.", "Xem: doisoat sources list")
    if source.role is not stray.role:
        raise Refused(
            f"Nguồn “{old}” là {ROLES[stray.role]}, còn “{new}” là {ROLES[source.role]}: "
            "không phải một nguồn."
        )
    with leases.held(house.store, "", house.clock):
        if bound := periods.published(house.store, old):
            raise Refused(
                f"Danh sách chốt của kỳ {', '.join(bound)} đã công bố mã băm để kiểm tra chọn mẫu "
                f"và mang tên nguồn “{old}”: đổi tên sẽ làm sai mã băm. Ghi lại tên “{old}” trong "
                "cấu hình."
            )
        done = house.store.known_sources.rename(
            old, new, by=actor.who, reason=reason, at=house.clock.now(), frozen=periods.renamed
        )
        _carry_uploads(house, old, new)
    return done


def _carry_uploads(house: House, old: str, new: str) -> None:
    """The files that persons handed in for the source go on being read."""
    before, after = house.settings.uploads / old, house.settings.uploads / new
    if before.is_dir() and not after.exists():
        before.rename(after)


def retire(house: House, actor: Actor, name: str, *, reason: str) -> None:
    """The source is gone for good: nobody is reminded, its data stay. Raises Refused."""
    actor.need(Right.HEALTH)
    _stray(house, name)
    if not reason.strip():
        raise Refused("Phải ghi vì sao bỏ nguồn (--reason).")
    known = house.store.known_sources
    if not known.retire(name, by=actor.who, reason=reason.strip(), at=house.clock.now()):
        raise Refused(f"Nguồn “{name}” đã được ghi là bỏ từ trước.")


def restore(house: House, actor: Actor, name: str, *, reason: str) -> None:
    """The source is reminded of again until it is configured. Raises Refused."""
    actor.need(Right.HEALTH)
    known = house.store.known_sources
    if not known.restore(name, by=actor.who, reason=reason, at=house.clock.now()):
        raise Refused(f"Nguồn “{name}” không được ghi là đã bỏ.", "Xem: doisoat sources list")


def _stray(house: House, name: str) -> KnownSource:
    """A source that has data and is not configured; raises Refused."""
    if house.settings.source(name) is not None:
        raise Refused(f"Nguồn “{name}” còn trong cấu hình: sửa cấu hình trước.")
    found = next((one for one in house.store.known_sources.all() if one.name == name), None)
    if found is None:
        raise Refused(f"Kho không có dữ liệu của nguồn “{name}”.", "Xem: doisoat sources list")
    return found
