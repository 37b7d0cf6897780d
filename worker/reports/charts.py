"""The charts of the page, as SVG that needs no script and no network."""

from __future__ import annotations

import sys
from typing import Any

import pygal
from lxml import etree
from pygal.style import Style

from worker import words
from worker.reports.ages import Ageing, TrendRow

# pygal leaves a finder for its old plugins in the import system; it has no find_spec, so each
# import that fails later would warn. We use no plugins.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

#: Dark blue, burnt orange, grey: apart for the colour-blind and on a black-and-white printer.
SHADES = ("#1f4e79", "#b45309", "#b3b3b3")
SPARK_WIDTH = 160
FONT = "'Times New Roman', Tinos, 'Liberation Serif', serif"


def _style(**more: object) -> Style:
    return Style(
        **more,
        background="transparent",
        plot_background="transparent",
        foreground="#222222",
        foreground_strong="#111111",
        foreground_subtle="#767676",
        guide_stroke_color="#cccccc",
        major_guide_stroke_color="#cccccc",
        guide_stroke_dasharray="1,0",
        major_guide_stroke_dasharray="1,0",
        opacity="1",
        opacity_hover="1",
        colors=SHADES,
        font_family=FONT,
        label_font_size=15,
        major_label_font_size=15,
        legend_font_size=15,
        title_font_size=18,
        value_font_size=14,
        value_colors=("#ffffff", "#ffffff", "#111111"),
    )


def _options(**look: object) -> dict[str, object]:
    """Without script or declaration, with the numbers as an official writes them."""
    return {
        "style": _style(**look),
        "js": [],
        "disable_xml_declaration": True,
        "no_prefix": False,
        "explicit_size": False,
        "width": 800,
        "height": 380,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 3,
        "truncate_legend": -1,
        "truncate_label": -1,
        "formatter": lambda value: words.number(int(value)),
    }


def ageing(data: Ageing) -> str:
    """Stacked bars by age; nothing where there is nothing to draw."""
    if not any(any(numbers) for _, numbers in data.series):
        return ""
    chart = pygal.StackedBar(print_values=True, print_zeroes=False, **_options())
    chart.x_labels = list(data.bands)
    for name, numbers in data.series:
        chart.add(name, [value or 0 for value in numbers])
    return _drawn(chart, "tuoi", "Biểu đồ cột: số việc chưa khớp theo thời gian tồn")


def trend(points: tuple[TrendRow, ...]) -> str:
    """Open discrepancies after each run; a trend needs two points."""
    if len(points) < 2:
        return ""
    most = max(point.open for point in points) or 1
    chart = pygal.Line(
        show_legend=False,
        range=(0, most),
        dots_size=4,
        **_options(stroke_width="3"),
    )
    chart.x_labels = [words.day(point.on) for point in points]
    chart.add("Còn mở", [point.open for point in points])
    return _drawn(chart, "xu-huong", "Biểu đồ đường: số việc còn mở sau mỗi lần đối soát")


def spark(points: tuple[TrendRow, ...]) -> str:
    """The course of one unit in a small line; its numbers stand beside it as text.

    Drawn by hand: the library's smallest picture has 7 kB, and a province has 200 units.
    """
    if len(points) < 2:
        return ""
    most = max(point.open for point in points) or 1
    step = (SPARK_WIDTH - 8) / (len(points) - 1)
    places = " ".join(
        f"{4 + number * step:.1f},{28 - 24 * point.open / most:.1f}"
        for number, point in enumerate(points)
    )
    return (
        f'<svg class="spark" width="{SPARK_WIDTH}" height="32" '
        f'viewBox="0 0 {SPARK_WIDTH} 32" role="img" '
        'aria-label="Biểu đồ nhỏ: số việc còn mở sau mỗi lần đối soát">'
        f'<polyline points="{places}" fill="none" stroke="{SHADES[0]}" stroke-width="2"/></svg>'
    )


def _drawn(chart: Any, identity: str, title: str) -> str:
    chart.uuid = identity  # else it is drawn by lot, and no page is written twice the same
    chart.add_xml_filter(lambda root: _still(root, title))
    return str(chart.render(is_unicode=True))


def _still(root: Any, title: str) -> Any:
    """Only the picture: no script, no date of drawing, no hints for a mouse; a name for readers."""
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or etree.QName(element).localname in _MOVING:
            element.getparent().remove(element)
    root.set("role", "img")
    root.set("aria-label", title)
    return root


_MOVING = frozenset({"script", "desc", "title"})
