"""The mails as they would go out, as files to look at: nothing is sent or remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker import alerts
from worker.alerts import delivery, letters, situation
from worker.house import House
from worker.store import Mail, MailState, Post


@dataclass(frozen=True, slots=True)
class MailFiles:
    """The files of one mail, and what stands above it."""

    recipient: str
    subject: str
    files: tuple[Path, ...]
    waiting: bool  # it is in the outbox already


@dataclass(frozen=True, slots=True)
class Previews:
    """``problems`` are those of the office's own templates, in Vietnamese."""

    folder: Path
    mails: tuple[MailFiles, ...]
    problems: tuple[str, ...]


def preview(house: House) -> Previews:
    """Write every mail that waits, and every mail that would go now, into a folder of their own."""
    folder = house.settings.office.data_dir / "alerts" / "preview"
    messages = alerts.would_go(house)
    words = situation.words_of(house)
    mail = house.settings.mail
    fresh = [letters.post_of(message, words.body(message), mail) for message in messages]
    _clear(folder)
    waiting = house.store.outbox.mails(MailState.PENDING)
    known = {one.dedupe_key for one in waiting}
    mails = (
        *_written(house, folder, waiting),
        *_written(house, folder, [one for one in fresh if one.dedupe_key not in known]),
    )
    return Previews(folder, mails, tuple(words.problems(messages)))


def _written(house: House, folder: Path, mails: list[Mail] | list[Post]) -> Iterator[MailFiles]:
    for one in mails:
        created = one.created_at if isinstance(one, Mail) else house.clock.now()
        files = delivery.write(house, folder, one, created)
        yield MailFiles(one.recipient, one.body.subject, tuple(files), isinstance(one, Mail))


def _clear(folder: Path) -> None:
    """Only what an earlier preview wrote."""
    for ending in ("eml", "html"):
        for path in folder.glob(f"*.{ending}"):
            path.unlink()
