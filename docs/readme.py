"""Make README.md from nbs/index.ipynb, or with --check fail where it is out of date.

nbdev_readme would do it with Quarto; this way it works where Quarto is not installed. Stored figures
become files in nbs/images, since a README cannot hold them.
"""
import base64
import json
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
images = {}  # path below the root -> bytes
KINDS = {"image/png": "png", "image/jpeg": "jpg"}


def markdown(cell):
    "A Markdown cell: Quarto's fences go, and links lead to the notebooks instead of the site's pages."
    text = re.sub(r"^:::.*\n?", "", "".join(cell["source"]), flags=re.M)
    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", r"](nbs/\1)", text)


def figure(data, kind, marks):
    "A stored figure as a file, and the line that shows it."
    path = f"nbs/images/index-{len(images) + 1}.{KINDS[kind]}"
    images[path] = base64.b64decode("".join(data[kind]))
    alt = re.search(r"fig-alt: \"(.*)\"", marks)
    return f"![{alt[1] if alt else ''}]({path})"


def code(cell):
    "A code cell, unless it is not to be shown, and what it printed or drew."
    source = "".join(cell["source"])
    marks = "".join(re.findall(r"^#\|.*\n?", source, flags=re.M))
    if re.search(r"#\|\s*(hide|include: false|default_exp)", marks):
        return ""
    parts = [] if "echo: false" in marks else [f"```python\n{source.removeprefix(marks).strip()}\n```"]
    for o in cell["outputs"]:
        data = o.get("data", {})
        text = "".join(o.get("text", data.get("text/plain", "")))
        kind = next((k for k in KINDS if k in data), None)
        parts.append(figure(data, kind, marks) if kind else f"```text\n{text.rstrip()}\n```")
    return "\n\n".join(parts)


cells = json.loads((root / "nbs/index.ipynb").read_text(encoding="utf-8"))["cells"]
parts = [dict(markdown=markdown, code=code).get(c["cell_type"], lambda c: "")(c).strip() for c in cells]
text = "<!-- Made from nbs/index.ipynb by `make readme`. -->\n\n" + "\n\n".join(p for p in parts if p) + "\n"
wanted = {"README.md": text.encode()} | images
if "--check" in sys.argv:
    if old := [p for p, b in wanted.items() if not (root / p).is_file() or (root / p).read_bytes() != b]:
        sys.exit(f"error: {', '.join(old)} out of date with nbs/index.ipynb; run `make readme`")
else:
    (root / "nbs/images").mkdir(exist_ok=True)
    for p, b in wanted.items():
        (root / p).write_bytes(b)
