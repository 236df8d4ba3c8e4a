"""Charts as part of a page: matplotlib draws them, and its SVG becomes small, quiet and coloured by the page.

Names from outside are never given to matplotlib, which would look for their glyphs and measure them: a chart holds
placeholders, and the names take their place in the finished tree, as text.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from rich.cells import cell_len

from weval.errors import visible

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 374.0, 216.0
"""Of a chart, in points, which a narrow telephone shows as pixels."""

FONT_SIZE = 11

INK, SOFT, FAINT, FILL, OTHER, PAPER = "#101010", "#202020", "#303030", "#404040", "#505050", "#606060"
"""What charts are drawn in. No colours: each stands for a variable of the page, which knows light from dark."""

_VARIABLES = {INK: "--ink", SOFT: "--soft", FAINT: "--line", FILL: "--fill", OTHER: "--other", PAPER: "--paper"}

_LOOK: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "weval",
    "text.parse_math": False,
    "font.size": FONT_SIZE,
    "axes.unicode_minus": False,  # as in the tables
    "axes.formatter.useoffset": False,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.bbox": None,
}

_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_FONT_SIZE = re.compile(r"([\d.]+)px")
_REFERENCE = re.compile(r"^(?:url\()?#([\w-]+)\)?$")
_DECIMALS = re.compile(r"(\d+\.\d\d)\d+")


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    try:
        with _quiet():  # the first time ever it looks through the fonts, and says so
            import matplotlib.backends.backend_svg  # noqa: F401
    except ImportError:
        return False
    return True


@contextmanager
def drawing() -> Iterator[None]:
    """Charts look the same whatever the user's matplotlib is set to."""
    import matplotlib as mpl

    with _quiet(), mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_LOOK)
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Standard error is for what a user must know; matplotlib's folders and fonts are not."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def blank(height: float = HEIGHT, *, left: float, bottom: float = 40.0, top: float = 10.0) -> tuple[Figure, Axes]:
    """An empty chart with room for the labels of its axes and for a legend, all in points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, height / 72))
    room = (left / WIDTH, bottom / height, (WIDTH - left - 10) / WIDTH, (height - bottom - top) / height)
    axes = figure.add_axes(room)
    axes.tick_params(length=3)
    return figure, axes


def placeholder(index: int) -> str:
    """What stands in a chart for a name until `inline` puts the name there."""
    return f"@{index}"


def inline(figure: Figure, name: str, label: str, names: Sequence[str] = ()) -> Markup:
    """The drawing as an SVG element that scales with its box. Needs `drawing()` around it.

    `name` keeps the ids of one chart apart from those of the others on its page, `label` says the finding to who cannot
    see it, and names[i] replaces placeholder(i), escaped and cut to 24 columns.
    """
    from markupsafe import Markup

    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    root = ElementTree.fromstring(drawn.getvalue())
    _prune(root)
    _rename(root, name)
    replaced = {placeholder(index): _short(shown) for index, shown in enumerate(names)}
    for node in root.iter():
        _simplify(node, replaced)
    for group in root.iter("g"):
        _share_style(group)
    size = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({"viewBox": size, "role": "img", "aria-label": label})
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # every text in it was escaped by the writer


def _prune(root: ElementTree.Element) -> None:
    """Takes out what draws nothing, and style sheets, which would reach the whole page."""
    for parent in reversed(list(root.iter())):  # the innermost first, so that whole empty branches go
        for child in list(parent):
            style = child.get("style", "")
            unseen = child.tag == f"{_SVG}path" and "fill: none" in style and "stroke:" not in style
            empty = child.tag in (f"{_SVG}g", f"{_SVG}defs") and not len(child)
            if unseen or empty or child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
                parent.remove(child)


def _rename(root: ElementTree.Element, name: str) -> None:
    """Ids that something refers to get short ones of this chart's own; the others go."""
    nodes = list(root.iter())
    links = [(node, key, found[1]) for node in nodes for key in node.attrib if (found := _referred(node, key))]
    fresh = {old: f"{name}-{index}" for index, old in enumerate(dict.fromkeys(old for _, _, old in links))}
    for node, key, old in links:
        node.set(key, node.attrib[key].replace(f"#{old}", f"#{fresh[old]}"))
    for node in nodes:
        old = node.attrib.pop("id", None)
        if old in fresh:
            node.set("id", fresh[old])


def _referred(node: ElementTree.Element, key: str) -> re.Match[str] | None:
    return _REFERENCE.match(node.attrib[key])


def _simplify(node: ElementTree.Element, names: dict[str, str]) -> None:
    """One element in the words of HTML: no namespaces, two decimals, the page's font and colours."""
    node.tag = node.tag.removeprefix(_SVG)
    if f"{_XLINK}href" in node.attrib:
        node.set("href", node.attrib.pop(f"{_XLINK}href"))
    if node.get("transform", "").startswith("rotate(-0 "):
        del node.attrib["transform"]
    for key, value in node.attrib.items():
        node.set(key, _DECIMALS.sub(r"\1", " ".join(value.split())))
    if "style" in node.attrib:
        node.set("style", ";".join(_declarations(node.attrib["style"])))
    node.tail = None
    text = (node.text or "").strip()
    node.text = names.get(text, text) or None


def _declarations(style: str) -> Iterator[str]:
    """The declarations of a style, with the page's variables for colours and its own font."""
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key in ("font", "font-size"):
            yield f"font-size:{size[0]}" if (size := _FONT_SIZE.search(value)) else ""
        elif not key.startswith("font"):
            yield f"{key}:{f'var({_VARIABLES[value]})' if value in _VARIABLES else value}"


def _share_style(group: ElementTree.Element) -> None:
    """Marks drawn alike say so once: a thousand dots are a thousand places, not a thousand styles."""
    marks = group.findall("use")
    if len(marks) > 1 and len({mark.get("style") for mark in marks}) == 1 and not group.get("style"):
        group.set("style", marks[0].get("style", ""))
        for mark in marks:
            mark.attrib.pop("style", None)


def _short(name: str, columns: int = 24) -> str:
    """A name that fits beside an axis; Chinese takes two columns a character."""
    text = visible(name)
    if cell_len(text) <= columns:
        return text
    while cell_len(text) >= columns:
        text = text[:-1]
    return text + "…"
