"""Does a page come out translated, all of it? python docs/check_translation.py

Takes one chapter through gettext into Chinese, as the page on contributing describes: the catalogue is made, its title,
a paragraph, the caption of a figure and the docstring of a function are translated, and the chapter is built. Each
translation must stand where its text belongs, and none of the four may be left in English.
"""
import ast
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

from babel.messages.pofile import read_po, write_po

from sources import root, settings

PAGE = "03_saliency"
WANTED = {  # what is looked for in the catalogue: (its translation, the element that it must stand in)
    "title": ("显著图", r"<h1\b.*?</h1>"),
    "paragraph": ("图片中的哪些像素改变了分数？", r"<p\b.*?</p>"),
    "caption": ("图：一张由测试翻译的图题。", r"<figcaption\b.*?</figcaption>"),
    "docstring": ("按梯度计算每个像素的重要性。", r"<p\b.*?</p>"),
}


def sphinx(*args):
    done = subprocess.run([sys.executable, "-m", "sphinx", "-q", "-c", root / "docs", "-D", f"root_doc={PAGE}", *args], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: sphinx {args[1]}: {done.stderr}")


def chosen(catalogue):
    "The four messages, found in the catalogue by what the notebook and the library say"
    ids = [m.id for m in catalogue if m.id]
    module = ast.parse((root / settings()["lib_path"] / "saliency.py").read_text(encoding="utf-8"))
    function = next(n for n in module.body if getattr(n, "name", None) == "compute_saliency_maps")
    about = " ".join(ast.get_docstring(function).split())[:40]
    find = {"title": lambda t: t == "Saliency", "paragraph": lambda t: len(t) > 200 and not t.startswith("Figure"),
            "caption": lambda t: re.match(r"\*{0,2}Figure\s1", t), "docstring": lambda t: " ".join(t.split()).startswith(about)}
    return {kind: next(filter(test, ids), None) for kind, test in find.items()}


def text(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    (folder / "nbs").mkdir()
    shutil.copyfile(root / "nbs" / f"{PAGE}.ipynb", folder / "nbs" / f"{PAGE}.ipynb")
    sphinx("-b", "gettext", folder / "nbs", folder / "pot")
    with open(folder / "pot" / f"{PAGE}.pot", "rb") as f:
        catalogue = read_po(f)
    messages = chosen(catalogue)
    if missing := [kind for kind, m in messages.items() if m is None]:
        sys.exit(f"error: not in the catalogue of {PAGE}: {', '.join(missing)}")
    for kind, m in messages.items():
        catalogue[m].string = WANTED[kind][0]
    po = folder / "locales" / "zh_CN" / "LC_MESSAGES" / f"{PAGE}.po"
    po.parent.mkdir(parents=True)
    with open(po, "wb") as f:
        write_po(f, catalogue)
    sphinx("-b", "html", "-D", "language=zh_CN", "-D", f"locale_dirs={folder / 'locales'}", folder / "nbs", folder / "html")
    page = (folder / "html" / f"{PAGE}.html").read_text(encoding="utf-8")
    faults = [] if re.search(r'<html[^>]*lang="zh-CN"', page) else ["the page does not say that it is Chinese"]
    for kind, (wanted, element) in WANTED.items():
        places = [text(m) for m in re.findall(element, page, flags=re.S)]
        faults += [] if any(wanted in p for p in places) else [f"the {kind} is not translated: {messages[kind][:60]!r}"]
        plain = re.sub(r"[*`{}]|\[|\]\([^)]*\)", "", " ".join(messages[kind].split()))[:60]
        faults += [f"the {kind} is still there in English: {plain!r}"] if len(plain) > 20 and any(plain in p for p in places) else []
print(*faults, sep="\n", end="\n" if faults else "")
print(f"translation: {PAGE} into Chinese, {', '.join(WANTED)}; {len(faults)} faults")
sys.exit(bool(faults))
