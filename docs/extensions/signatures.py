"""Signatures that can be read: the value of a constant only where it is short, type aliases by their names."""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes

_LONGEST_VALUE = 80
_ALIAS = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")


def _plain_aliases(app: Any, what: str, name: str, obj: Any, options: Any, signature: str, returned: str) -> Any:
    def plain(text: str | None) -> str | None:
        return _ALIAS.sub(r"\1", text) if text else text

    return plain(signature), plain(returned)


def _short_annotations(app: Any, tree: nodes.document) -> None:
    for signature in tree.findall(addnodes.desc_signature):
        for part in list(signature.findall(addnodes.desc_annotation)):
            text = part.astext()
            if text.lstrip().startswith("=") and len(text) > _LONGEST_VALUE:
                part.parent.remove(part)
            elif _ALIAS.search(text):
                part.children = [nodes.Text(_ALIAS.sub(r"\1", text))]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-signature", _plain_aliases)
    app.connect("doctree-read", _short_annotations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
