"""The pages of this folder as a site: `make docs`. Nothing is fetched, and no page asks another host for anything."""

import sys
from pathlib import Path

from weval import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "weval"
author = "The weval authors"
copyright = author
version = release = __version__

extensions = ["myst_parser", "weval_site"]
exclude_patterns = ["_build", "_ext"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # annotations name what other packages have; tests look at our own

myst_heading_anchors = 4  # as GitHub makes them, so that links hold in both places
myst_enable_extensions = ["colon_fence"]

smartquotes = False  # two hyphens are an option

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = f"weval {version}"
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
