"""Equations as MathML, which browsers draw themselves: no script and no network."""

import itertools
import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

# A bar in the middle of a row counts as a relation, with room on both sides; in |F| it has none.
_BAR = re.compile(r'<mo(?: stretchy="false")?>&#x0007C;</mo>')
_TIGHT_BAR = '<mo stretchy="false" lspace="0" rspace="0">&#x0007C;</mo>'
# Three letters or more under a symbol are a word, not a product.
_WORD = re.compile(r"_\{([A-Za-z]{3,})\}")
_BIG = re.compile(r"\\[Bb]igg?(\\[a-z]+|[^\\a-z])")


def mathml(text: str, **options: str) -> str:
    """An equation in TeX as MathML."""
    made = _BAR.sub(_TIGHT_BAR, convert(_as_pairs(_WORD.sub(r"_{\\text{\1}}", text)), **options))
    if left := re.search(r">(?:\\|&#x0005C;)(\w+)<", made):
        logging.getLogger(__name__).warning("the equation %r has \\%s, which stays as it stands", text, left.group(1))
    return made


def _as_pairs(text: str) -> str:
    r"""Delimiters of a stated size (\Big) as pairs that fit what is between them, which the converter knows."""
    bars = itertools.cycle((r"\left", r"\right"))

    def pair(found: re.Match[str]) -> str:
        name = found.group(1)
        if name == "|":
            return next(bars) + name
        if name in ("(", "[", r"\{", r"\langle"):
            return r"\left" + name
        return r"\right" + name if name in (")", "]", r"\}", r"\rangle") else name

    return _BIG.sub(pair, text)


def _inline(translator: Any, node: nodes.Element) -> None:
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.Element) -> None:
    text = " ".join(node.astext().split())
    anchor = "".join(f'<span id="{i}"></span>' for i in node.get("ids", []))
    translator.body.append(anchor + mathml(text, display="block"))
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Register the renderer with Sphinx."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    app.connect("config-inited", lambda app, config: setattr(config, "html_math_renderer", "mathml"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
