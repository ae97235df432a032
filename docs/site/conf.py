"""The documentation as web pages: `make site`, or `sphinx-build -W -c docs/site . build/site` in the project's folder.

The project's folder is the source, so that links between pages, the README and files of the bundle are the same here
and where the repository is read.
"""

from sim._version import __version__
from sim.cli.app import joined

joined()  # the commands to their group, for the page that lists them

project = "sim"
version = release = __version__
author = copyright = ""
extensions = ["myst_parser", "sphinx_click"]
root_doc = "docs/site/index"
include_patterns = [
    "README.md", "CHANGELOG.md", "docs/*.md", "docs/site/*.md", "docs/notes/*.md", "models/inner-mongolia/*.md",
]  # fmt: skip
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]  # mdl, vensim: no highlighting, and none needed
html_theme = "furo"
html_title = "sim"
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
