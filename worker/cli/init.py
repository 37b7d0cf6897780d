"""``init``: the folder of an office is written, or what the containers need."""

from __future__ import annotations

from pathlib import Path

import click

import config.containers
import config.scaffold
from worker.cli.output import say


@click.command(options_metavar="[TÙY CHỌN]")
@click.argument("folder", metavar="THƯ-MỤC", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--compose",
    "for_containers",
    is_flag=True,
    help="Làm mọi thứ docker-compose.yml cần (office/, secrets/, .env), trong THƯ-MỤC của tệp đó; "
    "được gọi bằng: docker compose run --rm init.",
)
def init(folder: Path, for_containers: bool) -> None:
    """Tạo thư mục làm việc: doisoat.toml có chú thích, các bảng và hộp nhận tệp.

    Tệp đã có không bao giờ bị ghi đè.
    """
    if for_containers:
        _beside_compose(folder)
        return
    _told_written(config.scaffold.write(folder), folder)
    say()
    say("Việc tiếp theo:", markup=False)
    say("  1. Điền tables/units.csv: đơn vị và người nhận thư (chưa có thì không ai nhận thư).")
    say("     Chép tệp ở bước 3 rồi gõ «doisoat units» để có sẵn các đơn vị gặp trong tệp.")
    say("  2. Sửa tên cơ quan trong doisoat.toml.", markup=False)
    say("  3. Chép tệp xuất từ phần mềm vào inbox/motcua, sổ gõ Excel vào inbox/so-giay.")
    say(f"  4. cd {folder} && doisoat check", markup=False)


def _beside_compose(folder: Path) -> None:
    if not folder.is_dir():
        raise click.UsageError(f"Không có thư mục {folder}: nêu thư mục của docker-compose.yml.")
    try:
        written = config.containers.write(folder)
    except PermissionError as error:
        raise click.UsageError(
            f"Không đặt được chủ sở hữu của {error.filename}: "
            "chạy bằng docker compose run --rm init."
        ) from None
    _told_written([path.relative_to(folder) for path in written], Path("này"))
    say()
    say("Việc tiếp theo, cạnh docker-compose.yml:", markup=False)
    say("  1. Sửa tên cơ quan trong office/doisoat.toml.", markup=False)
    say("  2. Chép tệp xuất từ phần mềm vào office/inbox/motcua, sổ gõ Excel vào inbox/so-giay.")
    say("  3. docker compose up -d", markup=False)
    say("  4. docker compose exec worker doisoat check", markup=False)


def _told_written(written: list[Path], folder: Path) -> None:
    if not written:
        say(f"Thư mục {folder} đã có đủ, không ghi gì thêm.", markup=False)
    for path in written:
        say(f"  + {path}", markup=False)
