"""Make README.md from nbs/index.ipynb, or with --check fail where it is out of date.

nbdev_readme would do it with Quarto; this way it works where Quarto is not installed.
"""
import json
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent


def hidden(source):
    return re.search(r"^#\|\s*(hide|echo: false|include: false|default_exp)", source, re.M)


def markdown(cell):
    "A Markdown cell: Quarto's fences go, and links lead to the notebooks instead of the site's pages."
    text = re.sub(r"^:::.*\n?", "", "".join(cell["source"]), flags=re.M)
    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", r"](nbs/\1)", text)


def code(cell):
    "A code cell and what it printed."
    source = "".join(cell["source"])
    if hidden(source):
        return ""
    texts = ["".join(o.get("text", o.get("data", {}).get("text/plain", ""))) for o in cell["outputs"]]
    shown = "".join(t for t in texts if not t.startswith(("<Figure", "<PIL")))
    source = re.sub(r"^#\|.*\n?", "", source, flags=re.M)
    return f"```python\n{source.strip()}\n```" + (f"\n\n```text\n{shown.rstrip()}\n```" if shown else "")


cells = json.loads((root / "nbs/index.ipynb").read_text(encoding="utf-8"))["cells"]
parts = [dict(markdown=markdown, code=code).get(c["cell_type"], lambda c: "")(c).strip() for c in cells]
text = "<!-- Made from nbs/index.ipynb by `make readme`. -->\n\n" + "\n\n".join(p for p in parts if p) + "\n"
readme = root / "README.md"
if "--check" not in sys.argv:
    readme.write_text(text, encoding="utf-8")
elif readme.read_text(encoding="utf-8") != text:
    sys.exit("error: README.md does not match nbs/index.ipynb; run `make readme`")
