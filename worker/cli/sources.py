"""``sources``: which sources the data come from, and what to do with one that was renamed or left.

Only configured sources count. What others said stays in the store until a person says what it is.
"""

from __future__ import annotations

import click

from reconcile.labels import ROLES
from worker.cli.options import actor, with_house
from worker.cli.output import answer, hour, json_option, number, put_json, say, table
from worker.house import House
from worker.run import leases, periods
from worker.store import KnownSource


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def sources() -> None:
    """Nguồn dữ liệu: xem, nhận lại dữ liệu khi đổi tên nguồn, ghi nhận nguồn đã bỏ."""


@sources.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def show_all(house: House, as_json: bool) -> None:
    """Các nguồn trong cấu hình và các nguồn chỉ còn dữ liệu trong kho."""
    configured = {source.name: source for source in house.settings.sources}
    known = {one.name: one for one in house.store.known_sources.all()}
    names = sorted(configured.keys() | known.keys())
    if as_json:
        put_json(
            [
                {
                    "name": name,
                    "configured": name in configured,
                    "retired": name in known and known[name].retired,
                    "claims": known[name].claims if name in known else 0,
                }
                for name in names
            ]
        )
        return
    lines = table("Nguồn", "Là", "Trong cấu hình", "Hồ sơ, dòng", "Đọc lần cuối", right=(3,))
    for name in names:
        one = known.get(name)
        role = configured[name].role if name in configured else known[name].role
        state = "có" if name in configured else "không, đã bỏ" if one and one.retired else "KHÔNG"
        read = hour(one.read_at, house.clock.zone) if one else "–"
        lines.add_row(name, ROLES[role], state, number(one.claims if one else 0), read)
    answer(lines)


@sources.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("old", metavar="TÊN-CŨ")
@click.argument("new", metavar="TÊN-MỚI")
@click.option("--reason", default="", metavar="LÝ-DO", help="Ghi chú cho nhật ký thao tác.")
def rename(house: House, old: str, new: str, reason: str) -> None:
    """Nguồn TÊN-CŨ nay mang TÊN-MỚI trong cấu hình: chuyển toàn bộ dữ liệu sang tên mới.

    Hồ sơ, liên kết, câu trả lời, việc đang theo dõi, khai báo sổ và kỳ đã chốt đi theo. Đổi lại
    tên trong cấu hình thì dùng lại đúng lệnh này theo chiều ngược lại.
    """
    stray = _stray(house, old)
    source = house.settings.source(new)
    if source is None:
        raise click.UsageError(f"Không có nguồn “{new}” trong cấu hình. Xem: doisoat sources list")
    if source.role is not stray.role:
        raise click.UsageError(
            f"Nguồn “{old}” là {ROLES[stray.role]}, còn “{new}” là {ROLES[source.role]}: "
            "không phải một nguồn."
        )
    with leases.held(house.store, "", house.clock):
        if bound := periods.published(house.store, old):
            raise click.UsageError(
                f"Danh sách chốt của kỳ {', '.join(bound)} đã công bố mã băm để kiểm tra chọn mẫu "
                f"và mang tên nguồn “{old}”: đổi tên sẽ làm sai mã băm. Ghi lại tên “{old}” trong "
                "cấu hình."
            )
        done = house.store.known_sources.rename(
            old, new, by=actor(), reason=reason, at=house.clock.now(), frozen=periods.renamed
        )
    say(
        f"Đã chuyển {number(done.claims)} hồ sơ, dòng sổ và {number(done.findings)} việc từ "
        f"“{old}” sang “{new}”.",
        markup=False,
    )
    if done.dropped:
        say(
            "Các việc sau có người xử lý ở cả hai tên; giữ lịch sử của tên cũ, hãy xem lại: "
            + ", ".join(done.dropped),
            markup=False,
        )
    say("Áp dụng từ lượt chạy sau: doisoat run", markup=False)


@sources.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="TÊN")
@click.option("--reason", required=True, metavar="LÝ-DO", help="Vì sao bỏ nguồn này.")
def retire(house: House, name: str, reason: str) -> None:
    """Ghi nhận nguồn đã bỏ hẳn: không nhắc nữa; dữ liệu vẫn giữ, không tính vào số liệu."""
    _stray(house, name)
    if not reason.strip():
        raise click.UsageError("--reason: phải ghi vì sao bỏ nguồn.")
    known = house.store.known_sources
    if not known.retire(name, by=actor(), reason=reason.strip(), at=house.clock.now()):
        raise click.UsageError(f"Nguồn “{name}” đã được ghi là bỏ từ trước.")
    say(f"Đã ghi nguồn “{name}” là đã bỏ. Lấy lại: doisoat sources restore {name}", markup=False)


@sources.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="TÊN")
@click.option("--reason", default="", metavar="LÝ-DO", help="Ghi chú cho nhật ký thao tác.")
def restore(house: House, name: str, reason: str) -> None:
    """Lấy lại nguồn đã ghi là bỏ: lại được nhắc cho đến khi có trong cấu hình."""
    known = house.store.known_sources
    if not known.restore(name, by=actor(), reason=reason, at=house.clock.now()):
        raise click.UsageError(f"Nguồn “{name}” không được ghi là đã bỏ. Xem: doisoat sources list")
    say(f"Đã lấy lại nguồn “{name}”. Thêm lại vào cấu hình thì dữ liệu được tính.", markup=False)


def _stray(house: House, name: str) -> KnownSource:
    """A source that has data and is not configured; raises click.UsageError."""
    if house.settings.source(name) is not None:
        raise click.UsageError(f"Nguồn “{name}” còn trong cấu hình: sửa cấu hình trước.")
    found = next((one for one in house.store.known_sources.all() if one.name == name), None)
    if found is None:
        raise click.UsageError(
            f"Kho không có dữ liệu của nguồn “{name}”. Xem: doisoat sources list"
        )
    return found
