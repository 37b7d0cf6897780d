"""Everything that a person can reach by links, and whether each number is as long as its list."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_MAIN = re.compile(r"<main\b.*</main>", re.DOTALL)
_BODY = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
_NEXT = re.compile(r'<a rel="next" href="([^"]*)"')
#: A number alone, or a sentence that counts: "12 hồ sơ", "cặp chờ xác nhận: 9", "Tất cả 19 …".
_NUMBER = re.compile(
    r"(?:[^0-9]*(?:: |Tất cả ))?[+−]?([0-9]{1,3}(?:\.[0-9]{3})*)(?: (?:hồ sơ|cặp|việc)[^0-9]*)?"
)

#: What is shown one a screen says how many there are.
_QUEUE = re.compile(r"<span[^>]*>còn ([0-9.]+)</span>")


@dataclass
class Crawl:
    """What was found: ``wrong`` answers and ``unequal`` numbers, in words."""

    pages: int = 0
    numbers: int = 0
    wrong: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)


def crawl(client: httpx.Client, *, of_a_shape: int = 4, start: str = "/") -> Crawl:
    """Every page that links lead to from ``start``; of pages that are alike, so many.

    Alike are pages whose address differs in names and numbers only.
    """
    found, seen, shapes = Crawl(), {start}, Counter[str]()
    lengths: dict[str, int] = {}
    waiting = [(start, "")]
    while waiting:
        path, source = waiting.pop(0)
        answer = client.get(path, follow_redirects=True)
        found.pages += 1
        if answer.status_code != 200:
            found.wrong.append(f"{answer.status_code} {path} (from {source})")
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        for number, target in numbers(answer):
            found.numbers += 1
            if target not in lengths:
                lengths[target] = length(client, target)
            if lengths[target] != number:
                told = f"{path}: {number} leads to {lengths[target]} lines: {target}"
                found.unequal.append(told)
        for target in links(answer):
            shape = _shape(target)
            if target in seen or shapes[shape] >= of_a_shape:
                continue
            seen.add(target)
            shapes[shape] += 1
            waiting.append((target, path))
    return found


def links(answer: httpx.Response) -> Iterator[str]:
    """The addresses of this host that the page leads to, without what follows ``#``."""
    for href, _text in _LINK.findall(answer.text):
        if not href.startswith("#"):
            yield _address(answer, href)


def numbers(answer: httpx.Response) -> Iterator[tuple[int, str]]:
    """The numbers of the page that are links, each with its list."""
    for main in _MAIN.findall(answer.text):
        for href, text in _LINK.findall(main):
            told = _NUMBER.fullmatch(re.sub(r"<[^>]*>", "", text).strip())
            if told and not href.startswith("#"):
                yield int(told[1].replace(".", "")), _address(answer, href)


def length(client: httpx.Client, path: str) -> int:
    """The lines of a list over all its pages; -1 where it does not answer."""
    count = 0
    while path:
        answer = client.get(path, follow_redirects=True)
        if answer.status_code != 200:
            return -1
        if queue := _QUEUE.search(answer.text):
            return int(queue[1].replace(".", ""))
        count += sum(body.count("<tr>") for body in _BODY.findall(answer.text))
        further = _NEXT.search(answer.text)
        path = _address(answer, further[1]) if further else ""
    return count


def _address(answer: httpx.Response, href: str) -> str:
    whole = urlsplit(urljoin(str(answer.url), html.unescape(href)))
    return whole.path + (f"?{whole.query}" if whole.query else "")


def _shape(path: str) -> str:
    """The path with its names and numbers left out, and what is asked for."""
    parts = urlsplit(path)
    names = urlencode(sorted((name, "") for name, _ in parse_qsl(parts.query)))
    steps = parts.path.split("/")
    alike = ("*" if any(sign.isdigit() for sign in step) else step for step in steps[2:])
    return "/".join([*steps[:2], *alike]) + f"?{names}"
