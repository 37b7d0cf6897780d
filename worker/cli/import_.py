"""``import``: take in files now, or look first at how they would be understood.

Here a person also says what a file is that lies where another lay, and what a header means, and
takes an intake back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from reconcile.claims import RegisterType
from reconcile.judging.proof import REGISTERS
from worker.cli import import_columns
from worker.cli.options import actor, house_of
from worker.cli.output import (
    DONE,
    NOT_READ_IN_FULL,
    answer,
    config_option,
    json_option,
    misuse,
    number,
    put_json,
    refusals,
    say,
    table,
)
from worker.desk import intake as desk
from worker.desk.actor import at_the_shell
from worker.desk.intake import (
    CONTENTS,
    FileConnector,
    FileStanding,
    Handled,
    Look,
    Preview,
    SeenTable,
    Taken,
    reasons,
)
from worker.house import House

NO_UNIT = "CHƯA RÕ; thêm cột đơn vị, ghi tên đơn vị ở tên tệp, hoặc đặt khóa unit"
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "cp1258": "windows-1258",
    "windows-1258": "windows-1258",
    "cp1252": "bảng mã một byte của phông cũ (TCVN3, VNI)",
}


@click.command("import", options_metavar="[TÙY CHỌN]")
@config_option
@click.argument(
    "files",
    metavar="TỆP…",
    nargs=-1,
    type=click.Path(path_type=Path),
)
@click.option("--source", "name", metavar="TÊN", help="Nguồn nhận tệp; bỏ trống khi chỉ có một sổ.")
@click.option(
    "--dry-run", is_flag=True, help="Chỉ xem từng cột được hiểu thế nào, không ghi gì cả."
)
@click.option(
    "--inbox", "watched", is_flag=True, help="Nạp ngay các tệp trong hộp nhận (khóa inbox)."
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="TIÊU-ĐỀ=TRƯỜNG",
    help='Cột mang tên khác, ví dụ "Ngày giao giấy=ngày trả kết quả"; nhớ cho các tệp sau.',
)
@click.option(
    "--unit", default="", metavar="ĐƠN-VỊ", help="Cột của --column, --forget là của đơn vị này."
)
@click.option("--columns", "listed", is_flag=True, help="Các cột đã nhớ.")
@click.option(
    "--undo",
    "undone",
    is_flag=True,
    help="Hoàn tác lần nạp mới nhất: những gì tệp đã thay được tính lại.",
)
@click.option("--forget", "forgotten", multiple=True, metavar="TIÊU-ĐỀ", help="Thôi nhớ cột này.")
@click.option(
    "--replaces", is_flag=True, help="Tệp thay cho tệp cũ cùng tên: dòng cũ không còn là căn cứ."
)
@click.option(
    "--another", is_flag=True, help="Tệp là sổ khác với tệp cũ cùng tên: giữ cả hai, thôi hỏi."
)
@click.option(
    "--old-name", default="", metavar="TÊN-CŨ", help="Tệp cũ mang tên khác (kèm --replaces)."
)
@click.option(
    "--reason", default="", metavar="LÝ-DO", help="Vì sao thay, vì sao giữ; được ghi lại."
)
@json_option
def take_in(
    config_file: Path,
    files: tuple[Path, ...],
    name: str | None,
    dry_run: bool,
    watched: bool,
    columns: tuple[str, ...],
    unit: str,
    listed: bool,
    undone: bool,
    forgotten: tuple[str, ...],
    replaces: bool,
    another: bool,
    old_name: str,
    reason: str,
    as_json: bool,
) -> None:
    """Nạp sổ giấy ngay (không chạy đối soát), hoặc xem trước.

    \b
    Ví dụ:  doisoat import so-quy-1.xlsx --dry-run     xem từng cột được hiểu thế nào
            doisoat import so-quy-1.xlsx               nạp
            doisoat import so.xlsx --column "Ngày giao giấy=ngày trả kết quả"
            doisoat import *.xlsx --source so-giay     nhiều tệp, vào nguồn có tên này
            doisoat import so.xlsx --replaces          tệp này thay tệp cũ cùng tên
            doisoat import --inbox                     các tệp trong hộp nhận
            doisoat import --undo                      hoàn tác lần nạp mới nhất
    """
    if replaces and another:
        raise click.UsageError("Chọn một: --replaces (thay tệp cũ) hoặc --another (sổ khác).")
    if old_name and not (replaces or another):
        raise click.UsageError("--old-name chỉ dùng cùng --replaces hoặc --another.")
    house = house_of(config_file)
    if listed:
        import_columns.show(house, as_json=as_json)
        return
    if forgotten:
        import_columns.forget(house, name, unit, forgotten)
        return
    if undone:
        _undo(house, reason)
        return
    if bool(files) == watched:
        raise click.UsageError("Ghi tên tệp cần nạp, hoặc dùng --inbox.")
    if watched:
        if dry_run or columns or replaces or another:
            raise click.UsageError("--inbox chuyển tệp đi, không dùng cùng các tùy chọn khác.")
        whole = _empty_inboxes(house, as_json=as_json)
        raise click.exceptions.Exit(DONE if whole else NOT_READ_IN_FULL)
    word = (
        FileStanding.REPLACED if replaces else FileStanding.KEPT if another else FileStanding.ASKED
    )
    there = [file for file in files if file.is_file()]
    lacking = [str(file) for file in files if file not in there]
    if lacking and (word is FileStanding.ASKED or dry_run):
        raise click.UsageError(f"Không có tệp: {', '.join(lacking)}")
    with refusals():
        source = desk.receiving(house, name)
        explained = import_columns.explained(house, source, columns, unit)
        connectors = [desk.of_file(house, source, file, explained or None) for file in there]
        if dry_run:
            whole = _look(house, connectors, word, as_json=as_json)
            raise click.exceptions.Exit(DONE if whole else NOT_READ_IN_FULL)
        if columns:
            import_columns.learn(house, source, columns, unit, connectors)
            connectors = [desk.of_file(house, source, file) for file in there]
        whole = _take(house, connectors, word, as_json=as_json)
        if word is not FileStanding.ASKED:
            names = [old_name] if old_name else [str(file) for file in files]
            count = desk.decide(house, at_the_shell(actor()), source, names, word, reason)
            _show_answer(count, word)
    raise click.exceptions.Exit(DONE if whole else NOT_READ_IN_FULL)


def _undo(house: House, reason: str) -> None:
    with refusals():
        one = desk.undo(house, at_the_shell(actor()), None, reason=reason)
    say(f"Đã hoàn tác lần nạp số {one.id}: {one.path}.", markup=False)
    say(
        "Những gì tệp đã thay lại được tính từ lượt sau. Tệp còn nằm trong thư mục của nguồn thì "
        "lượt sau sẽ đọc lại: chuyển tệp đi trước khi chạy doisoat run.",
        markup=False,
    )


# Taking in


def _take(
    house: House, connectors: Sequence[FileConnector], word: FileStanding, *, as_json: bool
) -> bool:
    unclear = desk.unitless([preview for one in connectors for preview in one.preview()])
    taken = desk.take_in(house, at_the_shell(actor()), connectors, word)
    if as_json:
        put_json([msgspec.to_builtins(intake) for intake in taken])
    else:
        show_taken(taken)
    for one in unclear:
        say(f"! {one.file}, trang tính «{one.sheet}»: {NO_UNIT}", markup=False)
    return all(intake.complete for intake in taken)


def _show_answer(count: int, word: FileStanding) -> None:
    """What was written down of the files that lay under these names."""
    replaced = word is FileStanding.REPLACED
    if count:
        told = "không còn là căn cứ" if replaced else "được giữ, tính cùng tệp mới"
        back = "--another" if replaced else "--replaces"
        say(f"Đã ghi: {count} bản cũ {told}. Đổi ý: chạy lại với {back}. Rồi: doisoat run")
    else:
        say("Không có bản cũ nào đang chờ trả lời dưới tên này.", markup=False)


def show_taken(taken: Sequence[Taken]) -> None:
    """A line a file: what it brought, or why it was not taken."""
    if not taken:
        return
    lines = table(
        *("", "Tệp", "Dòng", "Mới", "Đổi", "Như cũ", "Bỏ đi", "Lỗi"), right=(2, 3, 4, 5, 6, 7)
    )
    for one in taken:
        if one.complete:
            counts = (one.read, one.new, one.changed, one.same, one.gone, one.rejected)
            lines.add_row("[green]✓[/]", one.file, *map(number, counts))
        else:
            lines.add_row("[bold red]✗[/]", one.file, *("–",) * 6)
    answer(lines)
    for one in taken:
        if not one.complete:
            say(f"✗ {one.file}: {one.problem}", markup=False)
    for one in taken:
        if one.doubt:
            say(f"? {one.file}: {desk.question(one)}", markup=False)
    if any(one.rejected for one in taken if one.complete):
        say("Lỗi: ô hoặc dòng không đọc được. Xem từng ô: doisoat import --dry-run TỆP")
    if not all(one.complete for one in taken):
        say("Tệp có dấu ✗ không được nạp, dữ liệu đã có giữ nguyên. Sửa tệp rồi nạp lại.")


# The watched inboxes


def _empty_inboxes(house: House, *, as_json: bool) -> bool:
    """Look often enough to be sure that no file is still being written."""
    with misuse():
        handled = desk.empty_inboxes(
            house,
            at_the_shell(actor()),
            lambda: say("Chờ 10 giây để chắc các tệp đã chép xong…", markup=False),
        )
    if as_json:
        put_json([msgspec.to_builtins(one, enc_hook=str) for one in handled])
    else:
        _show_handled(handled)
    return all(one.outcome in ("done", "duplicate") for one in handled)


def _show_handled(handled: Sequence[Handled]) -> None:
    if not handled:
        answer("Hộp nhận không có tệp nào để nạp.", markup=False)
        return
    show_taken([one.intake for one in handled if one.intake is not None])
    marks = {"quarantine": "✗ Trả lại", "duplicate": "· Đã có", "left": "· Để nguyên"}
    for one in handled:
        if one.outcome in marks:
            answer(f"{marks[one.outcome]} {one.name}: {one.said} ({one.place})", markup=False)


# Looking


def _look(
    house: House, connectors: Sequence[FileConnector], word: FileStanding, *, as_json: bool
) -> bool:
    looks = desk.look(house, at_the_shell(actor()), connectors, word)
    if as_json:
        put_json([_machine(look) for look in looks])
    else:
        for look in looks:
            _show(house, look)
        answer(f"Xem trước: chưa ghi gì cả. {_next(looks)}", markup=False)
    return all(look.intake.complete for look in looks)


def _next(looks: Sequence[Look]) -> str:
    """What to do after a look, truthfully."""
    taken = sum(look.intake.complete for look in looks)
    if taken == len(looks):
        return "Nạp thật: bỏ --dry-run."
    if not taken:
        return "Không tệp nào nạp được; sửa như trên rồi xem trước lần nữa."
    return f"Bỏ --dry-run thì nạp {taken}/{len(looks)} tệp; tệp «KHÔNG NẠP» phải sửa trước."


def _show(house: House, look: Look) -> None:
    preview, intake = look.preview, look.intake
    answer(f"Tệp: {intake.file}{_written_as(preview)}", markup=False)
    for seen in preview.tables:
        _show_table(house, seen)
    for warning in preview.snapshot.warnings:
        answer(f"  ! {warning}", markup=False)
    if intake.complete:
        told = (
            f"{number(intake.read)} dòng: {number(intake.new)} mới, {number(intake.changed)} đổi, "
            f"{number(intake.same)} đã có như cũ, {number(intake.gone)} không còn trong tệp"
        )
        answer(f"  Sẽ nạp {told}.", markup=False)
    else:
        answer(f"  KHÔNG NẠP: {intake.problem}", markup=False)
    if intake.doubt:
        answer(f"  CẦN TRẢ LỜI: {desk.question(intake)}", markup=False)
    for line in import_columns.proposed(preview):
        answer(f"  {line}", markup=False)
    if preview.twins:
        answer(f"  {number(preview.twins)} dòng trùng y hệt một dòng ở trên.", markup=False)
    for one in reasons(preview.snapshot.rejected):
        answer(f"  {one.told}", markup=False)
    answer()


def _written_as(preview: Preview) -> str:
    if not preview.format:
        return ""
    told = f" – {CONTENTS[preview.format]}"
    if preview.encoding:
        told += f", {ENCODINGS.get(preview.encoding, preview.encoding.upper())}"
    if preview.fonts:
        fonts = ", ".join(f"{font} ({number(count)} ô)" for font, count in preview.fonts)
        told += f"; chuyển mã phông {fonts}"
    return told


def _show_table(house: House, seen: SeenTable) -> None:
    rows = str(seen.first_row)
    if seen.last_row > seen.first_row:
        rows += f"–{seen.last_row}"
    answer(f"  Trang tính «{seen.sheet}», tiêu đề ở dòng {rows}", markup=False)
    if seen.lacking:
        answer(f"    KHÔNG LẤY, thiếu cột: {'; '.join(seen.lacking)}", markup=False)
    else:
        for said in _facts(house, seen):
            answer(f"    {said}", markup=False)
    lines = table("   ", "Cột", "Tiêu đề trong tệp", "Hiểu là")
    for column in seen.columns:
        mark = "?" if column.unknown else ("✓" if column.field else "·")
        lines.add_row(f"   {mark}", column.place, column.label, column.said)
    answer(lines)


def _facts(house: House, seen: SeenTable) -> Iterator[str]:
    yield f"Số dòng: {number(seen.rows)}"
    if seen.register_type:
        yield f"Loại sổ: {REGISTERS[RegisterType(seen.register_type)]}"
    if seen.unit:
        yield f"Đơn vị: {house.tables.units.name(seen.unit)} ({seen.unit_from})"
    elif seen.unit_from:
        yield f"Đơn vị: {seen.unit_from}"
    else:
        yield f"Đơn vị: {NO_UNIT}"


def _machine(look: Look) -> dict[str, Any]:
    preview = look.preview
    return {
        **msgspec.to_builtins(look.intake),
        "format": preview.format,
        "encoding": preview.encoding,
        "fonts": dict(preview.fonts),
        "twins": preview.twins,
        "tables": msgspec.to_builtins(preview.tables),
        "warnings": list(preview.snapshot.warnings),
        "reasons": msgspec.to_builtins(reasons(preview.snapshot.rejected)),
    }
