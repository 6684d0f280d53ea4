"""What a page is made of: answers, tables and pictures, and the making of one file from them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superlattice.files import write_text


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAnswer:
    """A number or word in large letters at the top, with what it is of and a note."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTable:
    """A table of text. A row of one cell is a heading; ``numbers`` are columns set to the right, counted from 1."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text: str = ""
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A picture, or a page, that is carried inside the page, in base 64."""

    caption: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigures:
    """Pictures under one heading."""

    title: str
    figures: tuple[PageFile, ...]


def embedded_picture(path: Path, caption: str) -> PageFile:
    """A PNG file to be carried inside a page."""
    return embedded(path.read_bytes(), caption)


def embedded(content: bytes, caption: str) -> PageFile:
    """Bytes to be carried inside a page."""
    return PageFile(caption=caption, data=base64.b64encode(content).decode("ascii"))


def write_page_file(path: Path, package: str, template: str, **values: Any) -> None:
    """Fill a template of a package and write the page in one step.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    write_text(path, environment.get_template(template).render(**values))
