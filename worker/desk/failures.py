"""What stopped a command or a page although nobody refused it, in Vietnamese."""

from __future__ import annotations

from config.errors import ConfigError
from connectors.errors import where
from worker.run.leases import Busy
from worker.store.errors import StoreError


def explained(error: Exception) -> tuple[str, ...]:
    """What is wrong and what to do, a line each; none for an error that nobody thought of."""
    match error:
        case ConfigError():
            return (
                f"Cấu hình có {len(error.problems)} lỗi:",
                *(f"  • {problem}" for problem in error.problems),
                "Sửa các dòng trên rồi chạy lại: doisoat check",
            )
        case Busy():
            return (
                f"Đang có lượt đối soát {error.run_id}. Xem: doisoat status. Xong lượt đó thì "
                "chạy lại.",
            )
        case StoreError():
            return (str(error),)
    return ()


def unforeseen(error: Exception) -> str:
    """An error that nobody thought of: its kind and place, no value of it, for it may be a
    person's."""
    return f"Lỗi ngoài dự kiến: {type(error).__name__} ở {where(error)}."
