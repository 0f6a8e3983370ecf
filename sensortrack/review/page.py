"""The report's page: one file that needs no script, no network and no second page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from xml.etree.ElementTree import Element

from sensortrack.review.markup import Child, element, text_of

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Were anything ever to get past the escaping, the browser would still not run or fetch it."""


def page(
    title: str, header: Element, sections: Sequence[Element | None], footer: Sequence[str], *, is_roomy: bool
) -> str:
    """Give the whole file.

    Parameters
    ----------
    is_roomy
        There is little on the page: it is printed in larger letters.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", **{"HTTP-EQUIV": "Content-Security-Policy"}, content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", _style()),
    )
    foot = element("footer", [element("p", line) for line in footer])
    body = element("body", element("main", header, sections, foot), class_="roomy" if is_roomy else None)
    return "<!DOCTYPE html>\n" + text_of(element("html", head, body, lang="en")) + "\n"


def section(title: str, *children: Child, class_: str | None = None) -> Element:
    """Make a part with its heading."""
    return element("section", element("h2", title), children, class_=class_)


def header(kicker: str, title: str, *lines: str) -> Element:
    """Make the head of the page."""
    about = element("p", " · ".join(line for line in lines if line), class_="about")
    return element("header", element("p", kicker, class_="kicker"), element("h1", title), about)


def tiles(told: Iterable[tuple[str, str, str] | None]) -> Element:
    """Show the few numbers that matter: what, how much, and against what."""
    return element(
        "dl",
        [
            element("div", element("dt", name), element("dd", value, class_="value"), element("dd", words))
            for name, value, words in filter(None, told)
        ],
        class_="tiles",
    )


def table(name: str, columns: Sequence[str], rows: Iterable[Sequence[Child]]) -> Element:
    """Make a table; the first cell of each row names it."""
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", [element("th", column, scope="col") for column in columns])),
            element("tbody", [_row(*row) for row in rows]),
            aria_label=name,
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=name,
    )


def _row(first: Child, *rest: Child) -> Element:
    return element("tr", element("th", first, scope="row"), [element("td", cell) for cell in rest])


def bullets(lines: Iterable[str]) -> Element:
    """Make a list."""
    return element("ul", [element("li", line) for line in lines])


@cache
def _style() -> str:
    return (resources.files("sensortrack.review") / "static" / "report.css").read_text(encoding="utf-8")
