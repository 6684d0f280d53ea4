"""Settings of the documentation: built with ``sphinx-build -W docs site``, without a network."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "superlattice"
author = "The superlattice developers"
copyright = author
version = release = metadata.version("superlattice")

# Notebooks come with their output (docs/render_notebooks.py): nothing is executed here.
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
extensions += [
    "mathml",
    "room_modules",
    "command_help",
    "signatures",
    "drawn_figures",
    "called_names",
    "gallery",
    "quick_names",
]
exclude_patterns = ["extensions"]
nitpicky = False
# `name` in a docstring is a link where the name is known and plain code where it is not.
default_role = "py:obj"
# Tables of contents name pages and modules: with every object in them each page would copy thousands of lines.
toc_object_entries = False
# A short name in a docstring may be found in several modules: it then links to the first.
suppress_warnings = ["ref.python"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_use_type_comments = False
autodoc_type_aliases = {name: name for name in ("FloatArray", "ComplexArray", "IntArray", "BoolArray", "ArrayLike")}
autodoc_default_options = {"members": True, "ignore-module-all": True}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_preprocess_types = False
napoleon_attr_annotations = False

nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"superlattice {version}"
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["superlattice.css"]
pygments_style = "tango"
