"""What can go wrong with the store. Messages are Vietnamese: an operator reads them.

StoreError ─ StoreUnavailable   cannot be reached, or stays locked
           ├ StoreDamaged       the file is not a sound database: restore a backup
           ├ OldSchema          run `doisoat db upgrade`
           │ └ NoDatabase       there is none
           ├ StoreLost          there is none, and there was one: restore a copy
           ├ NewSchema          made by a newer version of the product
           ├ Overtaken          somebody else moved the discrepancy first: read again
           └ LeaseLost          another process works on this scope now: stop writing
"""

from __future__ import annotations

from pathlib import Path


class StoreError(Exception):
    """The store cannot do what was asked."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, or stays locked."""


class StoreDamaged(StoreError):
    """The database file is not sound."""


class OldSchema(StoreError):
    """The database was made by an older version of the product."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"Cơ sở dữ liệu thuộc phiên bản cũ ({revision}): hãy chạy doisoat db upgrade"
        )


class NoDatabase(OldSchema):
    """There is no database, or an empty one."""

    def __init__(self) -> None:
        super().__init__("chưa tạo")


class StoreLost(StoreError):
    """The database is gone, or empty, while the rest of the office's data are there."""

    def __init__(self, url: str, newest: Path | None) -> None:
        place = url.removeprefix("sqlite:///") if url.startswith("sqlite") else "trong PostgreSQL"
        copy = f"“{newest}”" if newest else "TỆP-SAO-LƯU (chưa thấy bản nào trong data/backups)"
        super().__init__(
            f"Mất cơ sở dữ liệu {place}: không có hoặc rỗng, trong khi cơ quan đã từng làm việc "
            "(còn báo cáo, bản sao lưu hoặc dấu đã lập). Không lập cái trống thay vào.\n"
            f"  Khôi phục: doisoat db restore {copy}\n"
            "  Chỉ khi không còn bản sao lưu nào: doisoat db new --lost"
        )


class NewSchema(StoreError):
    """The database was made by a newer version of the product."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"Cơ sở dữ liệu thuộc phiên bản mới hơn phần mềm này ({revision}): "
            "hãy cài phiên bản mới của doisoat hoặc khôi phục bản sao lưu cũ"
        )


class Overtaken(StoreError):
    """A discrepancy is no longer in the state that the change starts from."""

    def __init__(self, discrepancy: str) -> None:
        super().__init__(f"Vụ việc {discrepancy} vừa được người khác cập nhật: hãy tải lại")


class LeaseLost(StoreError):
    """Another process has taken over the scope; nothing more may be written."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Phạm vi “{name}” đã được một tiến trình khác tiếp quản")
