"""``python -m tests.pictures``: the pictures of the handbook, made anew by the tests.

A picture is named once, in ``docs/van-hanh.md``; the test that looks at the page of that name
(``looked_at``) makes it. Kept are the upper part of the page as it is on a desk, in few colours.
"""

import base64
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from ast import AST, Call, Constant, For, FunctionDef, Name, parse, walk
from collections import Counter
from pathlib import Path
from typing import TypeGuard

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import QUIET, chromium
from tests.worker.console.served import PICTURES

ROOT = Path(__file__).parent.parent
HANDBOOK, FOLDER = ROOT / "docs/van-hanh.md", ROOT / "docs/hinh"
#: What a picture and all of them may weigh, in bytes: they come along with every copy of the house.
ONE, ALL = 120_000, 1_500_000
#: How much of a long page is shown, in pixels.
HEIGHT = 860
COLOURS = 64

_PIXELS = """async ([data, tallest]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + data;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, Math.min(image.height, tallest)];
  const drawn = canvas.getContext("2d");
  drawn.drawImage(image, 0, 0);
  const bytes = drawn.getImageData(0, 0, canvas.width, canvas.height).data;
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768)
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return [canvas.width, canvas.height, btoa(text)];
}"""


def named() -> list[str]:
    """The names of the pictures that the handbook shows."""
    return re.findall(r"\]\(hinh/([\w-]+)\.png\)", HANDBOOK.read_text("utf-8"))


def makers() -> dict[str, str]:
    """Each name that a test looks at, with the id of that test."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests/worker/console").glob("test_*.py")):
        for test in parse(path.read_text("utf-8")).body:
            if isinstance(test, FunctionDef) and test.name.startswith("test_"):
                place = f"{path.relative_to(ROOT)}::{test.name}"
                found |= dict.fromkeys(_looks(test), place)
    return found


def _looks(test: FunctionDef) -> list[str]:
    """The names that this test hands to ``looked_at``, by themselves or in a loop over a table."""
    found: list[str] = []
    for one in walk(test):
        if isinstance(one, For) and any(_is_look(each) for each in walk(one)):
            found += [each.value for each in walk(one.iter) if isinstance(each, Constant)]
        elif _is_look(one) and isinstance(one.args[1], Constant):
            found.append(one.args[1].value)
    return found


def _is_look(node: AST) -> TypeGuard[Call]:
    return isinstance(node, Call) and isinstance(node.func, Name) and node.func.id == "looked_at"


def palette_png(width: int, height: int, rgba: bytes) -> bytes:
    """A PNG of those pixels in a palette of the colours that stand there most often."""
    steps = [value & 0xF0 | value >> 4 for value in range(256)]
    pixels = list(zip(rgba[::4], rgba[1::4], rgba[2::4], strict=True))
    seen = Counter(pixels)
    near: Counter[tuple[int, ...]] = Counter()
    for pixel, count in seen.items():
        near[tuple(steps[part] for part in pixel)] += count
    palette = [one for one, _ in seen.most_common(8)]
    palette += [one for one, _ in near.most_common(COLOURS) if one not in palette]
    palette = palette[:COLOURS]
    place = {
        pixel: min(
            range(len(palette)),
            key=lambda at: sum((a - b) ** 2 for a, b in zip(palette[at], pixel, strict=True)),
        )
        for pixel in seen
    }
    flat = bytes(place[pixel] for pixel in pixels)
    rows = b"".join(b"\0" + flat[at : at + width] for at in range(0, len(flat), width))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(map(bytes, palette))),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def reduced(page: Page, picture: Path) -> bytes:
    """The upper part of a picture, in few colours."""
    data = base64.b64encode(picture.read_bytes()).decode()
    width, height, pixels = page.evaluate(_PIXELS, [data, HEIGHT])
    return palette_png(width, height, base64.b64decode(pixels))


def main() -> None:
    """Run the tests that look at the pages which the handbook shows, and keep their pictures."""
    known, wanted = makers(), named()
    tests = sorted({known[name] for name in wanted})
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *tests],
            cwd=ROOT,
            env=os.environ | {PICTURES: folder, "DOISOAT_REQUIRE": "browser"},
            check=False,
        )
        if ran.returncode:
            raise SystemExit("the tests that make the pictures failed: nothing was changed")
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.glob("*.png"):
            old.unlink()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
            page = browser.new_page()
            for name in wanted:
                made = reduced(page, Path(folder) / f"{name}-desk.png")
                (FOLDER / f"{name}.png").write_bytes(made)
            browser.close()


if __name__ == "__main__":
    main()
