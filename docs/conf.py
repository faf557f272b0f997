"""The site's settings. All that is particular to this copy of the book comes from settings.ini."""
import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from processing import cfg  # noqa: E402

project, author, language = cfg["title"], cfg["author"], cfg.get("docs_language", "en")
locale_dirs, gettext_compact = ["locales"], False  # docs/locales/zh_CN/LC_MESSAGES/01_rnn.po translates nbs/01_rnn.ipynb
copyright, version, release = cfg["copyright"], cfg["version"], cfg["version"]
published = cfg.getboolean("published", False)

extensions = ["myst_nb", "sphinx_design", "sphinx_copybutton", "nbpages"]
exclude_patterns = ["**.ipynb_checkpoints", "_*"]
root_doc = "index"

# Pages show the outputs that the notebooks store; nothing runs here.
nb_execution_mode = "off"
nb_output_stderr = "remove-warn"
nb_merge_streams = True
nb_code_prompt_show = nb_code_prompt_hide = "Code"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "attrs_inline", "attrs_block", "deflist"]
myst_heading_anchors = 4
myst_heading_slug_func = "quarto.slug"
myst_dmath_double_inline = True
suppress_warnings = ["myst.header"]
nitpicky = True

# Mathematics offline: one file, and no request to anywhere else.
mathjax = Path(next(iter(find_spec("sphinx-mathjax-offline").submodule_search_locations)), "static/mathjax/tex-svg-full.js")
html_static_path = ["static", str(mathjax)]
mathjax_path = "tex-svg-full.js"
mathjax3_config = {"options": {"enableMenu": False}, "svg": {"fontCache": "global", "scale": 0.95}}

html_theme = "sphinx_book_theme"
html_title = cfg["title"]
html_favicon = "static/icon.svg"
html_context = {"default_mode": "auto"}  # light or dark as the reader's system has it
html_css_files = ["book.css"]
html_js_files = ["print.js"]
html_show_sphinx = False
html_sourcelink_suffix = ""
html_baseurl = f"{cfg['doc_host']}{cfg['doc_baseurl']}/" if published else ""
html_last_updated_fmt = None
pygments_style = "default"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_selector = "div:not(.output) > div.highlight > pre"  # code, and not what it printed

html_theme_options = {
    "path_to_docs": "nbs",
    "navbar_persistent": [],
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "use_download_button": True,
    "use_fullscreen_button": False,
    "home_page_in_toc": False,
    "toc_title": "On this page",
    "pygments_light_style": "github-light",
    "pygments_dark_style": "github-dark",
}
if published:  # until then these would be dead links
    html_theme_options |= {
        "repository_url": cfg["git_url"],
        "repository_branch": cfg["branch"],
        "repository_provider": "github",
        "use_repository_button": True,
        "use_edit_page_button": True,
        "launch_buttons": {"colab_url": "https://colab.research.google.com", "binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"},
    }
