"""HTML and SVG as trees: what came from outside goes in as text, and cannot become anything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

Child: TypeAlias = Element | str | Iterable["Child"] | None


def element(tag: str, *children: Child, **attributes: object) -> Element:
    """Make an element.

    Parameters
    ----------
    children
        Elements, texts, and lists of both; None is left out.
    attributes
        `class_` is written `class`, `stroke_width` as `stroke-width`; None is left out.
    """
    made = Element(tag, {_name(name): _value(value) for name, value in attributes.items() if value is not None})
    _append(made, children)
    return made


def text_of(root: Element) -> str:
    """Write a tree as HTML."""
    return tostring(root, encoding="unicode", method="html")


def _append(parent: Element, children: Iterable[Child]) -> None:
    for child in children:
        if isinstance(child, Element):
            parent.append(child)
        elif isinstance(child, str):
            _append_text(parent, child)
        elif child is not None:
            _append(parent, child)


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _name(name: str) -> str:
    """Write a keyword as an attribute; SVG's `viewBox` and such stay as they are."""
    return name.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    """Write a number short: a tenth of a pixel is enough."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
