"""A TOML file read to its end: a line that is no TOML is one problem, and the rest is read on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.errors import ConfigError, Problem
from config.line_numbers import KeyLines

_MOST_SYNTAX_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a file says, where each key stands, and the lines that could not be read."""

    name: str
    data: Mapping[str, Any]
    lines: KeyLines
    problems: tuple[Problem, ...]


def read(path: Path) -> TomlFile:
    """Read a file; raises ConfigError where nothing of it can be used."""
    name = path.name
    lines = _text(path).split("\n")
    problems: list[Problem] = []
    while len(problems) < _MOST_SYNTAX_PROBLEMS:
        try:
            data = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            number, why = _told(str(error), len(lines))
            problems.append(Problem(name, number, why))
            if not _may_go_on(lines, number):
                break
            lines[number - 1] = ""
        else:
            return TomlFile(name, data, KeyLines("\n".join(lines)), tuple(problems))
    raise ConfigError(problems)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        text = "không thấy tệp cấu hình; chạy «doisoat init THƯ_MỤC» để tạo"
    except UnicodeDecodeError:
        text = "tệp không ở bảng mã UTF-8; lưu lại với UTF-8"
    except OSError as error:
        text = f"không mở được tệp ({error.strerror})"
    raise ConfigError([Problem(path.name, None, text)])


def _told(message: str, last_line: int) -> tuple[int, str]:
    """The line and the words for what the standard parser said."""
    place = re.search(r"at line (\d+), column (\d+)", message)
    number = min(int(place[1]), last_line) if place else last_line
    return number, next((words for key, words in _SYNTAX if key in message), "sai cú pháp TOML")


def _may_go_on(lines: Sequence[str], number: int) -> bool:
    """Only a plain ``key = value`` line may be left out without changing the others."""
    line = lines[number - 1]
    return bool(re.match(r"\s*[\w.\"'-]+\s*=", line)) and '"""' not in line


#: What the standard parser says in English, in words that help.
_SYNTAX: tuple[tuple[str, str], ...] = (
    ("Cannot overwrite a value", "khóa này đã khai ở trên, hoặc trùng tên bảng"),
    ("Cannot declare", "bảng này đã khai ở trên; mỗi bảng chỉ khai một lần"),
    ("Cannot mutate", "bảng hoặc danh sách này đã khai ở trên"),
    ("Expected '=' after a key", "thiếu dấu = sau tên khóa"),
    ("Unescaped '\\'", "dấu \\ trong ngoặc kép phải viết \\\\, hoặc dùng dấu / hay ngoặc đơn '…'"),
    ("Unterminated string", "thiếu dấu ngoặc kép đóng"),
    ("Illegal character '\\n'", "thiếu dấu ngoặc kép đóng"),
    ("Unclosed array", "thiếu dấu ] đóng danh sách"),
    ("Invalid value", "giá trị không hợp lệ: chữ phải đặt trong ngoặc kép"),
    ("Expected newline or end of document", "thừa chữ sau giá trị"),
    ("Expected ']'", "thiếu dấu ] đóng tên bảng"),
)
