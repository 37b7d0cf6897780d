"""The menu: where each story begins, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI

from worker.desk.actor import Actor, Right


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One entry: its words, where it leads, and the right that its first page needs."""

    label: str
    path: str
    right: Right


MENU = (
    MenuEntry("Tổng quan", "/tong-quan", Right.VIEW),
    MenuEntry("Hồ sơ chưa khớp", "/viec", Right.VIEW),
    MenuEntry("Nạp sổ", "/nap-so", Right.VIEW),
    MenuEntry("Quét giấy tiếp nhận", "/quet", Right.VIEW),
    MenuEntry("Xác nhận ghép hồ sơ", "/ghep", Right.WORK),
    MenuEntry("Chạy đối soát", "/chay", Right.RUN),
    MenuEntry("Báo cáo, số liệu", "/bao-cao", Right.VIEW),
    MenuEntry("Soi xét", "/soi-xet", Right.INSPECT),
    MenuEntry("Kiểm tra chọn mẫu", "/kiem-tra", Right.INSPECT),
    MenuEntry("Thông báo", "/thong-bao", Right.VIEW),
    MenuEntry("Thư đã gửi", "/thu", Right.HEALTH),
    MenuEntry("Quản trị", "/quan-tri", Right.ACCOUNTS),
)
#: Where a code or a name is looked for.
SEARCH = "/ho-so"


def entries(app: FastAPI, actor: Actor) -> list[MenuEntry]:
    """What this role may use, of what there is."""
    there: frozenset[str] = app.state.paths
    return [one for one in MENU if one.path in there and actor.may(one.right)]


def searches(app: FastAPI, actor: Actor) -> bool:
    """Whether this role may look for dossiers."""
    return SEARCH in app.state.paths and actor.may(Right.VIEW)
