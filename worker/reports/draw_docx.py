"""Draws the two Word documents of a run: the page to sign and the explanatory note.

``trinh-ky.docx`` is what a chair signs: the three numbers, the figures, what was not read, and
the closing worklist. ``giai-trinh.docx`` ("Giải trình chênh lệch số liệu") says why the figures
differ, with the grounds. What they show was decided in contents.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import groupby, islice
from typing import BinaryIO

from worker import words
from worker.reports import closing_list, law
from worker.reports.contents import Contents
from worker.reports.counts import Count
from worker.reports.cover import SIGNERS as TWO_SIGNERS
from worker.reports.dossiers import said_closing, said_total
from worker.reports.figures import ADDED, BUCKETS, GROUPS, RATES, BridgeRow, FormRow
from worker.reports.firstpage import FirstPage
from worker.reports.list_columns import (
    capital,
)
from worker.reports.lists import MovedRow
from worker.reports.paper import BODY, SMALL, Head, TableRow, WordDocument
from worker.reports.sampled import (
    AGAINST_HEADS,
    AGAINST_TITLE,
    CLAIM_HEADS,
    against_cells,
    claim_cells,
)

LIST_TITLE = "DANH SÁCH HỒ SƠ ĐỀ NGHỊ KẾT THÚC"
SIGNING_TITLE = "PHIẾU TRÌNH KÝ KẾT QUẢ ĐỐI SOÁT"
EXPLAINING_TITLE = "GIẢI TRÌNH CHÊNH LỆCH SỐ LIỆU"
SUBJECT = "Hồ sơ khai sinh, khai tử"

HOW_COUNTED = "Cách tính hạn, công thức và cách tính từng trạng thái ghi ở giải trình kèm theo."
MOST_REASONS = 6  # on the sheet to sign
BLANK = "…" * 34  # one line to write on

_MOVED_HEADS = (
    Head("STT", 9, "center"),
    Head("Mã hồ sơ", 27),
    Head("Chỉ tiêu theo đếm lại", 24),
    Head("Chỉ tiêu sau đối chiếu", 24),
    Head("Tác động", 14),
    Head("Ngày căn cứ", 18, "center"),
    Head("Căn cứ (sổ, quyển, số, trang)", 34),
    Head("Chứng minh điều gì, mức căn cứ", 31),
    Head("Người nhập sổ", 20),
    Head("Ngày đọc", 18, "center"),
    Head("Bổ sung sau kỳ", 18),
    Head("Cách ghép, người xác nhận", 24),
)


def sign(contents: Contents, file: BinaryIO) -> None:
    """Write the page to sign."""
    page = contents.page
    paper = _begun(contents, SIGNING_TITLE, body=12)
    paper.text(f"Kính trình: {BLANK[:22]}", align="center")
    _conclusion(paper, page)
    paper.heading("1. Các số cần biết, kể cả bằng 0")
    paper.table(
        (Head("Nội dung", 81), Head("Số hồ sơ", 16, "center"), Head("Ghi chú", 68)),
        (
            TableRow((count.label, words.number(count.count), count.note or _why_not(count)))
            for count in dict.fromkeys((*page.headline, *page.always))
        ),
        size=9.5,
    )
    paper.heading("2. Số liệu đếm lại và sau đối chiếu")
    _figures(paper, page, brief=True)
    paper.heading("3. Phần chưa đọc đủ, chưa kết luận")
    _open_questions(paper, page, brief=True)
    paper.heading("4. Đề nghị")
    _proposal(paper, contents)
    paper.signatures(TWO_SIGNERS)
    paper.landscape()
    closing_list.draw(paper, contents, issuer(contents))
    paper.save(file)


def list_alone(contents: Contents, file: BinaryIO) -> None:
    """Write the closing worklist with its letterhead and signatures, without figures."""
    paper = WordDocument(f"{LIST_TITLE} – {issuer(contents)}", 12)
    paper.landscape(apart=False)
    paper.letterhead(issuer(contents))
    closing_list.draw(paper, contents, issuer(contents))
    paper.save(file)


def _why_not(count: Count) -> str:
    """Why there is a dash; where a number stands the page and the workbook say where it holds."""
    return count.where if count.count is None else ""


def _proposal(paper: WordDocument, contents: Contents) -> None:
    """What is asked to be signed: dossiers, each with one instruction."""
    total = contents.tally
    paper.text(f"{capital(said_total(total))}.", size=11, bold=True, keep=True)
    listed = (
        f"Theo danh sách kèm theo, {said_closing(total)}. Người có trách nhiệm kiểm tra từng hồ sơ "
        "trước khi thực hiện; ghi ngày trả thực tế vào ghi chú, không sửa lùi ngày của hệ thống. "
        if total.closing
        else "Không có hồ sơ đề nghị kết thúc trên phần mềm. "
    )
    paper.text(
        f"{listed}Số liệu sau đối chiếu là đề nghị điều chỉnh, chưa thay số liệu đã báo cáo.",
        size=11,
        keep=True,
    )


def explain(contents: Contents, file: BinaryIO) -> None:
    """Write the explanatory note."""
    page = contents.page
    paper = _begun(contents, EXPLAINING_TITLE)
    _grounds(paper, contents)
    _conclusion(paper, page)
    paper.heading("1. Số liệu so sánh")
    _figures(paper, page)
    _frozen(paper, contents)
    paper.heading("2. Các bước dẫn đến số liệu sau đối chiếu")
    paper.text(
        "Mỗi bước ghi rõ chứng minh điều gì và mức căn cứ; bước có lợi và bước bất lợi cho đơn vị "
        "để riêng. Tổng số tiếp nhận không thay đổi.",
        keep=True,
    )
    paper.table(_bridge_heads(), map(_bridge_line, page.bridge), size=10)
    paper.heading("3. Hồ sơ thay đổi chỉ tiêu theo đơn vị")
    _moved_by_unit(paper, contents)
    paper.heading("4. Phần chưa đọc đủ, chưa kết luận")
    _open_questions(paper, page)
    paper.heading("5. Giải trình thêm của đơn vị")
    for _ in range(3):
        paper.text(BLANK, align="left", keep=True)
    paper.signatures(TWO_SIGNERS)
    if len(contents.moved_rows):
        _moved_list(paper, contents)
    paper.save(file)


def _begun(contents: Contents, title: str, body: float = BODY) -> WordDocument:
    page = contents.page
    paper = WordDocument(f"{title} – {issuer(contents)}", body)
    paper.letterhead(issuer(contents))
    unit = _only_unit(contents)
    paper.title(title, SUBJECT, *((f"Đơn vị: {unit}",) if unit else ()))
    paper.text(f"{page.period}. {page.as_of}. {page.read_at}.", italic=True, align="center")
    names = " – bản ghi đầy đủ họ tên" if contents.full_names else ""
    paper.footer(f"Mã lần đối soát: {page.run_id}{names}")
    return paper


def _only_unit(contents: Contents) -> str:
    """The unit as it is shown, where the report is for one alone."""
    return contents.page.unit


def issuer(contents: Contents) -> str:
    """Who signs the document: the unit itself where the report is for it alone."""
    unit = _only_unit(contents)
    return words.committee(unit) if unit else contents.page.office


def _conclusion(paper: WordDocument, page: FirstPage) -> None:
    paper.text(page.conclusion, bold=True)
    if page.unread:
        paper.boxed(
            [
                " ".join((f"CHƯA ĐỌC ĐỦ. {source.since} Lý do: {source.problem}", *source.units))
                for source in page.unread
            ]
        )


def _figures(paper: WordDocument, page: FirstPage, *, brief: bool = False) -> None:
    """The form turned on its side, what was submitted first; what its columns mean below it.

    ``brief``: for the sheet to sign, whose note says the rest.
    """
    rows, size = page.figures, 10 if brief else 11
    if brief:
        paper.table(_bucket_heads(), map(_bucket_line, rows), size=8.5)
    else:
        heads = (
            Head("Chỉ tiêu (biểu II.06a)", 50),
            *(Head(row.title, 29, "right") for row in rows),
        )
        paper.table(heads, _figure_lines(rows), size=size)
    effects = " ".join(f"{one.label}: {words.number(one.count)}." for one in page.effects)
    paper.text(effects, size=10 if brief else None, after=2 if brief else 6)
    paper.text(page.reconciled_part, size=10 if brief else None, bold=True)
    paper.table(
        (
            Head("Tỷ lệ quá hạn", 56),
            Head("Đếm lại", 22, "center"),
            Head("Sau đối chiếu", 24, "center"),
            Head("Khoảng, khi tính cả hồ sơ chưa đủ căn cứ", 36, "center"),
            Head("Chỉ dùng hai mức căn cứ mạnh nhất", 27, "center"),
        ),
        (
            TableRow(
                (
                    one.formula,
                    words.rate(one.recorded),
                    words.rate(one.reconciled),
                    words.rate_span(one.low, one.high),
                    words.rate(one.strongest),
                )
            )
            for one in page.rates
        ),
        size=size,
    )
    sublines = (
        f"Trong đó, {line.label}: đếm lại {words.number(line.recorded)}, "
        f"sau đối chiếu {words.number(line.reconciled)}."
        for line in page.sublines
    )
    if brief:
        paper.notes((" ".join((*sublines, *page.opening, HOW_COUNTED)),), size=9.5)
    else:
        paper.notes((*sublines, *page.opening, *page.notes))


def _frozen(paper: WordDocument, contents: Contents) -> None:
    """The frozen figures, every correction, and what papers drawn at random prove."""
    page = contents.page
    if page.frozen is not None:
        paper.heading("1a. Số liệu đã chốt và các đính chính")
        paper.text(page.frozen.title)
        for text in page.frozen.lines:
            paper.text(text)
        paper.table(_bucket_heads(), map(_bucket_line, page.frozen.rows), size=8.5)
        if len(contents.correction_rows):
            paper.text("Từng hồ sơ khác với số đã chốt ở trang “Đính chính” của doi-soat.xlsx.")
    if page.check is not None:
        paper.heading("1b. Kiểm tra chọn mẫu với sổ gốc")
        for text in page.check.said:
            paper.text(text)
        paper.table(_CHECK_HEADS, (TableRow(claim_cells(one)) for one in page.check.claims), size=8)
        if page.check.against:
            paper.text(f"{AGAINST_TITLE}:", keep=True)
            rows = (TableRow(against_cells(one)) for one in page.check.against)
            paper.table(_AGAINST_HEADS, rows, size=9)
        paper.notes(page.check.notes)


_CHECK_HEADS = tuple(
    Head(name, width)
    for name, width in zip(CLAIM_HEADS, (27, 14, 11, 13, 11, 14, 14, 14, 24, 23), strict=True)
)
_AGAINST_HEADS = tuple(
    Head(name, width) for name, width in zip(AGAINST_HEADS, (33, 27, 29, 38, 38), strict=True)
)


def _bucket_heads() -> tuple[Head, ...]:
    """The form as it lies in the workbook: a column a figure."""
    names = tuple(
        name if name != columns[0] else group for group, columns in GROUPS for name in columns
    )
    return (
        Head("Số liệu", 42),
        *(Head(name, 11, "right") for name in names),
        Head(ADDED, 12, "right"),
    )


def _bucket_line(row: FormRow) -> TableRow:
    return TableRow((row.title, *(_figure(row, place) for place in range(len(row.cells)))))


def _figure_lines(rows: tuple[FormRow, ...]) -> Iterator[TableRow]:
    place = 0
    for group, columns in GROUPS:
        for name in columns:
            total = name == columns[0]
            label = group if total else f"– {name}"
            yield TableRow((label, *(_figure(row, place) for row in rows)), bold=total)
            place += 1
    yield TableRow((ADDED, *(_figure(row, place) for row in rows)))
    for title, rates in zip(
        RATES,
        ([row.rate for row in rows], [row.rate_of_resolved for row in rows]),
        strict=True,
    ):
        shown = (
            "" if row.change else words.rate(rate) for row, rate in zip(rows, rates, strict=True)
        )
        yield TableRow((title, *shown))


def _figure(row: FormRow, place: int) -> str:
    value = row.cells[place]
    return words.signed(value) if row.change and value is not None else words.number(value)


def _bridge_heads() -> tuple[Head, ...]:
    buckets = (Head(words.COLUMNS[column], 15.5, "right") for column in BUCKETS)
    return (Head("Bước", 57), Head("Số hồ sơ", 14, "right"), *buckets)


def _bridge_line(step: BridgeRow) -> TableRow:
    cells = (
        words.number(value) if step.total or value is None else words.signed(value)
        for value in step.cells
    )
    dossiers = "" if step.dossiers is None else words.number(step.dossiers)
    return TableRow((step.title, dossiers, *cells), bold=step.total)


def _open_questions(paper: WordDocument, page: FirstPage, *, brief: bool = False) -> None:
    """What was not read and not judged; where all was, one sentence says so."""
    if not page.unread:
        read = "" if brief else f" {page.read_at}."  # the sheet to sign has it under its title
        paper.text(f"Các nguồn đã đọc đủ.{read}", keep=bool(page.not_judged))
    elif brief and not page.not_judged:
        paper.text("Nguồn chưa đọc đủ ghi trong khung ở trang đầu.")
    for source in () if brief else page.unread:
        paper.text(" ".join((f"{source.since} Lý do: {source.problem}", *source.units)))
    shown = page.not_judged[:MOST_REASONS] if brief else page.not_judged
    if shown:
        paper.table(
            (
                Head("Vì sao chưa kết luận", 46),
                Head("Loại việc", 54),
                Head("Đơn vị (số hồ sơ)", 50),
                Head("Số hồ sơ", 15, "center"),
            ),
            (
                TableRow(
                    (
                        line.reason,
                        line.label if brief else "; ".join(line.kinds),
                        line.units,
                        line.cases or "–",
                    )
                )
                for line in shown
            ),
            size=9 if brief else 11,
        )
    if len(shown) < len(page.not_judged):
        left = len(page.not_judged) - len(shown)
        paper.text(f"… và {left} lý do khác, ghi ở giải trình kèm theo.", size=10, after=2)
    paper.notes((f"Lưu ý – {text}" for text in page.warnings), size=10 if brief else 11)


def _grounds(paper: WordDocument, contents: Contents) -> None:
    """The law of the dossiers' dates; what is not known for certain is left to the office."""
    first, last = _received(contents)
    for text in law.grounds(first, last):
        paper.text(f"Căn cứ {text};", italic=True, after=2)
    if first is None or first < law.KNOWN_FROM:
        paper.text(
            f"Hồ sơ tiếp nhận trước ngày {words.day(law.KNOWN_FROM)} (đơn vị bổ sung căn cứ): "
            f"{BLANK[:30]}",
            italic=True,
            align="left",
            after=2,
        )
    paper.text(f"Căn cứ khác (đơn vị bổ sung): {BLANK[:19]}", italic=True, align="left")


def _received(contents: Contents) -> tuple[date | None, date]:
    """The days of reception that the report speaks of: of the period and of its open lines."""
    scope = contents.run.scope
    known = [row.received_on for row in contents.work if row.received_on]
    if scope.from_ is not None:
        known.append(scope.from_)
    return min(known, default=None), scope.to or scope.as_of


def _moved_by_unit(paper: WordDocument, contents: Contents) -> None:
    """How many moved in each unit, for better and for worse, and how they were linked."""
    if not len(contents.moved_rows):
        paper.text("Không có hồ sơ nào thay đổi chỉ tiêu.")
        return
    counts: dict[str, Counter[str]] = {}
    for row in contents.moved:
        counts.setdefault(row.unit, Counter()).update(
            (row.effect, "by_people" if row.by_people else "by_code")
        )
    total = sum(counts.values(), Counter())
    lines = [_unit_line(unit, counts[unit]) for unit in sorted(counts)]
    paper.table(
        (
            Head("Đơn vị", 50),
            Head("Số hồ sơ thay đổi chỉ tiêu", 23, "center"),
            Head("Có lợi", 18, "center"),
            Head("Bất lợi", 18, "center"),
            Head("Ghép theo mã, số sổ", 27, "center"),
            Head("Ghép theo nhân thân, do người xác nhận", 29, "center"),
        ),
        (*lines, _unit_line("Cộng", total, bold=True)),
    )


def _unit_line(unit: str, count: Counter[str], *, bold: bool = False) -> TableRow:
    helps, hurts = count[words.EFFECTS["helps"]], count[words.EFFECTS["hurts"]]
    return TableRow(
        (unit, helps + hurts, helps, hurts, count["by_code"], count["by_people"]), bold=bold
    )


def _moved_list(paper: WordDocument, contents: Contents) -> None:
    """Every moved dossier with its ground; links by people and by persons stand apart."""
    paper.landscape()
    paper.title("DANH SÁCH HỒ SƠ THAY ĐỔI CHỈ TIÊU VÀ CĂN CỨ", issuer(contents))
    closing_list.beyond(paper, len(contents.moved_rows), "Hồ sơ thay đổi chỉ tiêu")
    rows = sorted(
        islice(contents.moved, closing_list.MOST_LISTED), key=lambda row: (row.by_people, row.unit)
    )
    paper.table(_MOVED_HEADS, _moved_lines(rows), size=SMALL)
    paper.notes(
        (
            "Cột “Người nhập sổ” để trống khi đơn vị chưa khai. “Bổ sung sau kỳ”: căn cứ được nhập "
            "sau khi kỳ số liệu kết thúc.",
        )
    )


def _moved_lines(rows: list[MovedRow]) -> Iterator[TableRow]:
    number = 0
    for (by_people, unit), found in groupby(rows, key=lambda row: (row.by_people, row.unit)):
        how = "ghép theo nhân thân, do người xác nhận" if by_people else "ghép theo mã, số sổ"
        yield TableRow((f"{unit} – {how}",), wide=True)
        for row in found:
            number += 1
            confirmed = f"; {row.confirmed}" if row.confirmed else ""
            yield TableRow(
                (
                    number,
                    row.code,
                    row.before,
                    row.after,
                    row.effect,
                    row.on,
                    row.book,
                    row.why,
                    row.typed_by,
                    row.read_on,
                    row.late_evidence,
                    row.linked + confirmed,
                )
            )
