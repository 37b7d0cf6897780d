"""What somebody should notice before the figures are believed: told by check, run and status.

Two things that silence the product or make it count otherwise, and that only a person can put
right: data of a source that is no longer configured, and a day of judgement that lies ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from config.settings import Settings
from worker.store import KnownSource, Store
from worker.words import number


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing, in Vietnamese: of what, what is seen, and the command that puts it right."""

    what: str
    said: str
    to_do: str


def notices(settings: Settings, store: Store, today: date) -> list[Notice]:
    """All of them, the one that silences everything first."""
    return [*_judged_ahead(store, today), *_strays(settings, store)]


def _judged_ahead(store: Store, today: date) -> Iterator[Notice]:
    newest = store.decisions.last_judged()
    if newest is None or newest <= today:
        return
    yield Notice(
        "Ngày chốt",
        f"Ngày chốt mới nhất {newest:%d/%m/%Y} ở tương lai (đồng hồ máy đã chạy sai?): cho đến "
        "ngày đó các lượt chạy không đổi trạng thái hồ sơ nào và không soạn thư.",
        f"Đồng hồ đã đúng thì đặt lại: doisoat db judged --until {today:%d/%m/%Y} --reason …",
    )


def _strays(settings: Settings, store: Store) -> Iterator[Notice]:
    for one in store.known_sources.strays([source.name for source in settings.sources]):
        likely = likely_names(settings, store, one)
        new = likely[0] if likely else "TÊN-MỚI"
        yield Notice(
            f"Nguồn “{one.name}”",
            f"Nguồn “{one.name}” có {number(one.claims)} hồ sơ, không còn trong cấu hình; "
            "số liệu không tính các hồ sơ này.",
            f"Đã đổi tên: doisoat sources rename {_quoted(one.name)} {_quoted(new)} · "
            f"bỏ hẳn: doisoat sources retire {_quoted(one.name)} --reason …",
        )


def likely_names(settings: Settings, store: Store, stray: KnownSource) -> list[str]:
    """Configured sources that may be the same one: those with its files first, then those of its
    role that said nothing before."""
    known = {one.name: one for one in store.known_sources.all()}
    found: list[tuple[int, str]] = []
    for source in settings.sources:
        if source.role is not stray.role:
            continue
        there = known.get(source.name)
        if there is None or not there.claims:
            found.append((1, source.name))
        elif stray.paths & there.paths:
            found.append((0, source.name))
    return [name for _, name in sorted(found)]


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
