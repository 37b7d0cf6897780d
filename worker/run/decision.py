"""Everything that is decided of what is known, before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import structlog

import reconcile
from reconcile.cases import Answer, Case, Dossier, Link, LinkState
from reconcile.claims import Claim
from reconcile.coverage import Coverage, Uncovered, silenced, uncovered
from reconcile.figures.form import Statistics
from reconcile.figures.statistics import base_of
from reconcile.findings import Judgement
from reconcile.judging.case_view import ground
from reconcile.judging.registers import Suspect
from reconcile.judging.remembering import Looking, Reckoned, reckoned
from reconcile.kinds import KINDS
from reconcile.lifecycle import Change, Discrepancy, State
from reconcile.linking import storing
from reconcile.linking.controls import SurePair
from reconcile.linking.linker import link_all
from reconcile.scope import Scope
from reconcile.text.vietnamese import one_spelling
from worker.house import House
from worker.reports.decided import Decided
from worker.run import left_behind, linked
from worker.run.by_change import ByChange, decide_by_change, links_of_before
from worker.run.left_behind import Verdicts, is_standing
from worker.run.linked import Linked
from worker.run.polling import Tell, quiet
from worker.run.stages import stage
from worker.run.touching import named_claims
from worker.store import Lease, LeftBehind, Progress
from worker.store.judged import Differing
from worker.store.readings import in_one_spelling, names_in

log = structlog.get_logger(__name__)

#: States in which somebody has to do something.
TO_BE_DONE = frozenset({State.OPEN, State.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Everything:
    """All that is known, loaded."""

    claims: Sequence[Claim]
    links: Sequence[Link]
    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class LeaveBehind:
    """What the next run need not do again, to be kept once what was decided is stored."""

    coverage: Coverage
    scope: Scope
    files: list[tuple[int, str]]
    verdicts: Verdicts
    taken: Differing | None  # None: they were noted when they were read
    before: LeftBehind | None  # what was left behind before, None: it counts no longer
    alone: bool = False  # nothing is other than before but what is ``taken``


@dataclass(frozen=True, slots=True)
class PreparedFiles:
    """The names of the files that hold what linking and what judging left behind."""

    linking: str
    verdicts: str


@dataclass(frozen=True, slots=True)
class _Parts:
    """What was decided, in whichever way."""

    linked: Linked
    reckoned: Reckoned
    units: frozenset[str]
    whole: Everything | None
    left: LeaveBehind | None


@dataclass(frozen=True)
class Decision:
    """Everything that was decided of what is known, before anything is written.

    Decided by change, it loads no more claims than are asked for; ``claims``, ``links`` and
    ``cases`` load all of them. ``units`` are the names of all units.
    """

    house: House
    answers: Sequence[Answer]
    judgement: Judgement
    statistics: Statistics
    known: Mapping[str, Discrepancy]
    changes: Sequence[Change]
    left_open: Sequence[Discrepancy]  # known, and this time not judged
    suspects: Sequence[Suspect]  # signs of a made-up register
    units: frozenset[str]
    linked: Linked  # how the links came about
    whole: Everything | None = None
    left: LeaveBehind | None = None
    written: Future[PreparedFiles] | None = None  # what is left behind, written meanwhile

    @property
    def claims(self) -> Sequence[Claim]:
        return self.whole.claims if self.whole is not None else self._claims

    @property
    def links(self) -> Sequence[Link]:
        return self.whole.links if self.whole is not None else self._links

    @property
    def cases(self) -> Sequence[Case]:
        return self.whole.cases if self.whole is not None else self._cases

    def claims_of(self, keys: Collection[str]) -> Sequence[Claim]:
        """Of these keys the claims that are there."""
        if self.whole is None:
            return self.house.store.search.claims(keys)
        return [claim for claim in self.whole.claims if claim.key in keys]

    def claims_by_key(self, keys: Collection[str]) -> Mapping[str, Claim]:
        """The claims, of which these and few others are asked for."""
        if self.whole is None:
            return named_claims(self.house.store.search, keys)
        return {claim.key: claim for claim in self.whole.claims}

    @property
    def taken(self) -> Differing | None:
        """The claims that are other than before; None: any may be."""
        by_change = self.whole is None and self.left is not None and self.left.alone
        return self.left.taken if by_change and self.left is not None else None

    @property
    def files(self) -> dict[int, str]:
        """The paths of the files that count."""
        return dict(self.left.files) if self.left else {}

    def to_store(self) -> tuple[Sequence[Link], Collection[str] | None]:
        """The links to be stored, and the rows whose links go; None: all that are not stored."""
        if self.whole is None and self.linked.again is not None:
            return self.linked.again, self.linked.gone
        return self.links, None

    def doubts(self) -> list[Link]:
        """The links that people are asked about, by row."""
        if self.whole is not None:
            return [link for link in self.whole.links if link.decision is LinkState.REVIEW]
        found = self._now(self.house.store.search.doubts())
        return [link for link in found if link.decision is LinkState.REVIEW]

    def links_of(self, rows: Collection[str]) -> list[Link]:
        """The links of these rows."""
        if self.whole is not None:
            return [link for link in self.whole.links if link.row in rows]
        found = self._now(self.house.store.search.links(rows))
        return [link for link in found if link.row in rows]

    def sure_pairs(self) -> list[SurePair]:
        """The rows that were linked automatically, by row."""
        if self.whole is not None:
            subjects = {claim.key: claim.subject for claim in self.whole.claims if claim.is_row}
            return list(_sure(self.whole.links, subjects))
        search, anew = self.house.store.search, self.linked.again or ()
        others = {*self.linked.gone, *(link.row for link in anew)}
        rows = {one.key: one.subject for one in search.claims([link.row for link in anew])}
        found = [one for one in search.sure_pairs() if one.row not in others]
        return sorted([*found, *_sure(anew, rows)])

    def _now(self, stored: Iterable[Link]) -> list[Link]:
        """These links as they are decided now, and all that were decided anew."""
        found = {link.row: link for link in stored if link.row not in self.linked.gone}
        found |= {link.row: link for link in self.linked.again or ()}
        return [found[row] for row in sorted(found)]

    @cached_property
    def _links(self) -> list[Link]:
        return self._now(self.house.store.decisions.links())

    @cached_property
    def _claims(self) -> list[Claim]:
        return self.house.store.readings.claims()

    @cached_property
    def _cases(self) -> Sequence[Case]:
        return reconcile.cases(self.claims, self.links, reconcile.dossiers(self.claims))

    def leave_behind(self, lease: Lease | None, *, moved: bool = True) -> None:
        """Keep what the next run need not do again; what was decided is stored by now.

        ``moved``: some link was stored or went.
        """
        if self.left is not None and self.written is not None:
            files = self.written.result()
            _leave_behind(self.house, self.linked, self.left, files, lease, moved=moved)

    def discrepancies(self) -> dict[str, Discrepancy]:
        """What is remembered of each finding once the changes are applied, by id."""
        return {**self.known, **{step.id: step.discrepancy for step in self.changes}}

    def still_open(self) -> int:
        """How many findings somebody has to do something about."""
        remembered = self.discrepancies()
        return sum(
            finding.id in remembered
            and remembered[finding.id].state in TO_BE_DONE
            and KINDS[finding.kind].mailed
            for finding in self.judgement.findings
        )


def _sure(links: Iterable[Link], subjects: Mapping[str, str]) -> Iterator[SurePair]:
    for one in links:
        if one.decision is LinkState.AUTO and one.dossier and one.row in subjects:
            yield SurePair(one.row, one.dossier, one.method, subjects[one.row])


def decide(
    house: House,
    scope: Scope,
    coverage: Coverage,
    tell: Tell = quiet,
    *,
    found: Differing | None = None,
    whole: bool = False,
    lease: Lease | None = None,
) -> Decision:
    """Compare everything known. What it reads, it reads before it judges.

    ``found``: what changed since the newest run, of a run that leaves something behind itself.
    ``whole``: decide all anew, and say whether deciding by change comes to the same.
    """
    tell(Progress("Lấy dữ liệu đã biết"))
    with stage("load"):
        answers = house.store.answers.all()
        known = {one.id: one for one in house.store.decisions.discrepancies(scope)}
    # Of a period of which nobody speaks nothing is judged.
    coverage = silenced(coverage, missing_days(house, scope, coverage))
    parts = _parts(house, scope, coverage, answers, tell, found, whole=whole, lease=lease)
    came_to = parts.reckoned
    with stage("count"):
        changes = reconcile.advance(
            known, came_to.judgement, house.policy, now=house.clock.now(), as_of=scope.as_of
        )
        left_open = reconcile.left_open(known, came_to.judgement)
    return Decision(
        house,
        answers,
        came_to.judgement,
        came_to.statistics,
        known,
        changes,
        left_open,
        came_to.suspects,
        parts.units,
        parts.linked,
        parts.whole,
        parts.left,
        _being_written(house, parts.linked, parts.left) if parts.left is not None else None,
    )


def _parts(
    house: House,
    scope: Scope,
    coverage: Coverage,
    answers: Sequence[Answer],
    tell: Tell,
    found: Differing | None,
    *,
    whole: bool,
    lease: Lease | None,
) -> _Parts:
    """What changed decided alone, else everything anew."""
    if found is None or not is_standing(scope):
        return _in_full(house, scope, coverage, answers, tell, found, None, leaves=False)
    tell(Progress("Đối chiếu, xét từng hồ sơ", total=found.of))
    files = house.store.judged.files()
    one = decide_by_change(house, scope, coverage, answers, found)
    if one is None or whole:
        house.store.judged.renew(lease=lease)
        return _in_full(house, scope, coverage, answers, tell, found, one, leaves=True)
    before, alone = house.store.prepared.newest(), one.keys == found.keys
    left = LeaveBehind(coverage, scope, files, one.verdicts, found, before, alone)
    return _Parts(one.linked, one.reckoned, one.units, None, left)


def _in_full(
    house: House,
    scope: Scope,
    coverage: Coverage,
    answers: Sequence[Answer],
    tell: Tell,
    found: Differing | None,
    by_change: ByChange | None,
    *,
    leaves: bool,
) -> _Parts:
    """Everything decided anew, and compared with what was decided by change."""
    with stage("load"):
        files = house.store.judged.files()
        said = house.store.search.claims_as_said()
        claims = in_one_spelling(said, one_spelling(names_in(said)))
    tell(Progress("Ghép dòng sổ với hồ sơ", total=sum(claim.is_row for claim in claims)))
    with stage("link"):
        dossiers = reconcile.dossiers(claims)
        as_before = (
            None if leaves or found is None else links_of_before(house, found, answers, dossiers)
        )
        how, links = as_before or _linked(house, claims, dossiers, answers)
    tell(Progress("Đối chiếu, xét từng hồ sơ", total=len(claims)))
    with stage("judge"):
        cases = reconcile.cases(claims, links, dossiers)
        on = ground(cases, coverage, scope, house.policy)
        otherwise = {one.key: one for one, now in zip(said, claims, strict=True) if one is not now}
        looking = Looking(on, base_of(cases, coverage), otherwise)
        verdicts = Verdicts.of(map(looking.at, cases))
        came_to = reckoned(verdicts.telling(), verdicts.counted, on, verdicts.owner)
    told = replace(how.how, judged=len(cases))
    if by_change is not None:
        same = _same(house, by_change, links, came_to)
        told = replace(told, changed=by_change.linked.how.changed, whole_same=same)
    return _Parts(
        replace(how, how=told),
        came_to,
        frozenset(names_in(claims) - {""}),
        Everything(claims, links, cases),
        LeaveBehind(coverage, scope, files, verdicts, None, None) if leaves else None,
    )


def _linked(
    house: House, claims: Sequence[Claim], dossiers: Sequence[Dossier], answers: Sequence[Answer]
) -> tuple[Linked, list[Link]]:
    """The links of every row, decided anew."""
    links, known = link_all(claims, answers, house.policy, dossiers)
    how = Decided(True, len(dossiers) + len(links), len(links), house.clock.local(), None)
    return Linked(how, known), links


def _same(house: House, one: ByChange, links: Sequence[Link], came_to: Reckoned) -> bool:
    """Whether deciding by change came to this."""
    stored = {
        link.row: link for link in house.store.decisions.links() if link.row not in one.linked.gone
    }
    stored |= {link.row: link for link in one.linked.again or ()}
    theirs = [stored[row] for row in sorted(stored)]
    if theirs != links:
        rows = sum(a != b for a, b in zip(theirs, links, strict=False))
        log.error("run.links_differ", rows=rows + abs(len(theirs) - len(links)))
    if (same := _values(one.reckoned) == _values(came_to)) is False:
        log.error("run.verdicts_differ", findings=len(came_to.judgement.findings))
    return same and theirs == links


def _values(one: Reckoned) -> Reckoned:
    """What can be compared of what all cases come to."""
    return replace(one, judgement=replace(one.judgement, judged=_never, unjudged=_never))


def _never(_kind: object, _anchor: str) -> bool:
    return False


def _being_written(house: House, how: Linked, left: LeaveBehind) -> Future[PreparedFiles]:
    """The files, which a thread of their own writes: the disk takes its time."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="left-behind")
    written = pool.submit(_write, house, how, left)
    pool.shutdown(wait=False)
    return written


def _write(house: House, how: Linked, left: LeaveBehind) -> PreparedFiles:
    if how.known is not None:
        linking = left_behind.write(house, *storing.to_bytes(how.known))
    else:
        linking = left.before.digest if left.before else ""
    verdicts = left_behind.to_bytes(
        left.verdicts, house, left.coverage, left.scope.as_of, linking, left.files
    )
    return PreparedFiles(linking, left_behind.write(house, *verdicts))


def _leave_behind(
    house: House,
    how: Linked,
    left: LeaveBehind,
    files: PreparedFiles,
    lease: Lease | None,
    *,
    moved: bool,
) -> None:
    """Files first, then their row: whoever dies between leaves a row that names other files."""
    # Decided by change, the links were looked at before, and are the same where none moved.
    same = None if moved else left.before
    fingerprint, told = same.links if same else house.store.judged.links(), how.how
    row = LeftBehind(
        linked.basis(house),
        files.linking,
        fingerprint,
        told.whole_at,
        told.whole_same,
        files.verdicts,
    )
    house.store.prepared.keep(row, left.taken, lease=lease)
    left_behind.sweep(house, {files.linking, files.verdicts})


def missing_days(house: House, scope: Scope, coverage: Coverage) -> Uncovered | None:
    """The days of the period of which the counted software does not speak."""
    policy = house.policy
    return uncovered(coverage, scope, edge_days=policy.edge_days, untold_days=policy.untold_days)
