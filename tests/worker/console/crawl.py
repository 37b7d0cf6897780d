"""Everything that a person can reach by links, whether each number is as long as its list, and
whether a page calls a source by the name that it has in the configuration."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

#: A link that the telephone opens in another program.
OTHER_PROGRAM = "otpauth:"
_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_MAIN = re.compile(r"<main\b.*</main>", re.DOTALL)
_BODY = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
_NEXT = re.compile(r'<a rel="next" href="([^"]*)"')
#: A number alone, or a sentence that counts: "12 hồ sơ", "cặp chờ xác nhận: 9", "Tất cả 19 …".
_NUMBER = re.compile(
    r"(?:[^0-9]*(?:: |Tất cả ))?[+−]?([0-9]{1,3}(?:\.[0-9]{3})*)(?: (?:hồ sơ|cặp|việc)[^0-9]*)?"
)

#: The words of a page, a way to a file in its parts.
_SHOWN = re.compile(r"[\w-]+")
#: What is shown one a screen says how many there are.
_QUEUE = re.compile(r"<span[^>]*>còn ([0-9.]+)</span>")


@dataclass
class Crawl:
    """What was found: ``wrong`` answers, ``unequal`` numbers, ``raw`` names, in words."""

    pages: int = 0
    numbers: int = 0
    wrong: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Pages:
    """The pages of somebody; each is asked for once, whether it is looked at or counted."""

    client: httpx.Client
    seen: dict[str, httpx.Response] = field(default_factory=dict)

    def get(self, path: str) -> httpx.Response:
        if path not in self.seen:
            self.seen[path] = self.client.get(path, follow_redirects=True)
        return self.seen[path]


def crawl(
    client: httpx.Client,
    *,
    of_a_shape: int = 4,
    start: str = "/",
    sources: Collection[str] = (),
) -> Crawl:
    """Every page that links lead to from ``start``; of pages that are alike, so many.

    Alike are pages whose address differs in names and numbers only. ``sources`` are the names that
    no page may say.
    """
    found, seen, shapes = Crawl(), {start}, Counter[str]()
    pages, lengths = Pages(client), dict[str, int]()
    waiting = [(start, "")]
    while waiting:
        path, source = waiting.pop(0)
        answer = pages.get(path)
        found.pages += 1
        if answer.status_code != 200:
            found.wrong.append(f"{answer.status_code} {path} (from {source})")
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        for number, target in numbers(answer):
            found.numbers += 1
            if target not in lengths:
                lengths[target] = length(pages, target)
            if lengths[target] != number:
                told = f"{path}: {number} leads to {lengths[target]} lines: {target}"
                found.unequal.append(told)
        said = _SHOWN.findall(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)))
        if '<nav class="menu"' in answer.text:  # a page, not a document
            found.raw += [f"{path}: {name}" for name in sources if name in said]
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
        if not href.startswith(("#", OTHER_PROGRAM)):
            yield _address(answer, href)


def numbers(answer: httpx.Response) -> Iterator[tuple[int, str]]:
    """The numbers of the page that are links, each with its list."""
    for main in _MAIN.findall(answer.text):
        for href, text in _LINK.findall(main):
            told = _NUMBER.fullmatch(re.sub(r"<[^>]*>", "", text).strip())
            if told and not href.startswith("#"):
                yield int(told[1].replace(".", "")), _address(answer, href)


def length(pages: Pages, path: str) -> int:
    """The lines of a list over all its pages; -1 where it does not answer."""
    count = 0
    while path:
        answer = pages.get(path)
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
