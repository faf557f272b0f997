"""A Sphinx extension: every notebook of nbs/ is a page.

nbdev processes the notebooks (`processing.py`), then Quarto's syntax is rewritten to MyST-NB's (`quarto.py`), and
Sphinx takes the result for the notebook's text. Whatever has no counterpart, and every figure without
alternative text, is a warning, and warnings are errors.
"""
import base64
import hashlib
import io
import json
import re
from pathlib import Path

import yaml
from docutils.nodes import make_id
from sphinx.domains.python import ObjectEntry
from sphinx.errors import ExtensionError
from sphinx.util import logging

import quarto
from processing import cfg, directives, process_all, root
from sources import copies

log = logging.getLogger(__name__)
SITE = f"{cfg['doc_host']}{cfg['doc_baseurl']}/"


class Book:
    "All processed notebooks, and what one page must know of the others: titles, numbers of figures and equations, anchors"
    def __init__(self, srcdir, proc):
        self.srcdir, self.proc = Path(srcdir), Path(proc)
        files = [p for p in sorted(self.srcdir.rglob("*.ipynb")) if not any(q.startswith((".", "_")) for q in p.relative_to(self.srcdir).parts)]
        self.sources = {p.relative_to(self.srcdir).with_suffix("").as_posix(): p for p in files}
        self.complaints = process_all(self.sources, self.proc)
        self.pages = {d: json.loads((self.proc / f"{d}.ipynb").read_text(encoding="utf-8")) for d in self.sources if (self.proc / f"{d}.ipynb").exists()}
        self.titles, self.numbers, self.anchors, self.constants = {}, {}, {}, {}
        for docname, nb in self.pages.items():
            self.read(docname, nb)
        self.htmls = {(Path(d).parent / re.sub(r"^\d+[a-z]?_", "", Path(d).name)).as_posix() + ".html": d for d in self.pages}

    def read(self, docname, nb):
        counts, anchors = {}, set()
        for cell in nb["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "raw" and source.startswith("---"):
                self.titles[docname] = yaml.safe_load(source.strip().strip("-"))["title"]
                continue
            if shown := re.match(r"show_doc\(([\w.]+)", directives(source)[1].strip()):
                anchors.add(shown[1].lower())
            labels = [directives(source)[0].get("label", "")] if cell["cell_type"] == "code" else quarto.LABEL.findall(source)
            for label in labels:
                kind = label.split("-")[0]
                if kind in ("fig", "eq", "tbl", "sec"):
                    counts[kind] = self.numbers[docname, label] = counts.get(kind, 0) + 1
        self.titles.setdefault(docname, docname)
        self.anchors[docname] = anchors
        for s in nb["metadata"].get("exported", []):
            for c in s["constants"]:
                self.constants.setdefault(c, docname)

    def objects(self, docname):
        "What a page documents: (full name, kind, anchor)"
        module = f"{cfg['lib_path']}.{re.sub(r'^[0-9]+[a-z]?_', '', Path(docname).name)}"
        for s in self.pages[docname]["metadata"].get("exported", []):
            for name in s["defs"]:
                if name.lower() in self.anchors[docname]:
                    kind = "method" if "." in name else "class" if re.search(rf"^class {name}\b", s["code"], re.M) else "function"
                    yield f"{module}.{name}", kind, quarto.slug(name)
            for name in s["constants"]:
                yield f"{module}.{name}", "data", make_id(quarto.name_of(docname, name))

    def page(self, docname):
        page = NotebookPage(self, docname)
        return page.convert(), self.complaints.get(docname, []) + page.complaints


KNOWN = {"echo", "output", "include", "warning", "eval", "error", "code-fold", "code-summary", "label", "fig-cap", "fig-alt", "fig-align",
         "export", "exports", "exec_doc", *cfg.get("tst_flags", "").split()}
NEEDS = re.compile(r"^\*\*Needs:\*\*", re.M)


class NotebookPage:
    def __init__(self, book, docname):
        self.book, self.docname, self.cells, self.complaints = book, docname, [], []
        self.nb = book.pages[docname]
        self.text = quarto.Markdown(docname, book.numbers, book.titles, self.complaints)
        self.sources = {s["id"]: s for s in self.nb["metadata"].get("exported", [])}
        self.defined = {n: s for s in self.sources.values() for n in s["defs"]}
        self.documented, self.entries = set(), {}  # entries: id of the source's cell -> {name: documentation}

    def convert(self):
        for cell in self.nb["cells"]:  # first, because nbdev puts documentation before or behind its source
            if m := re.match(r"show_doc\(([\w.]+)", directives("".join(cell["source"]))[1].strip()):
                self.documentation(m[1], cell)
        for cell in self.nb["cells"]:
            source, kind = "".join(cell["source"]), cell["cell_type"]
            if kind == "raw" and source.startswith("---"):
                self.front(yaml.safe_load(source.strip().strip("-")))
            elif kind == "raw" or source.startswith("<!-- WARNING: THIS FILE WAS AUTOGENERATED!"):
                continue
            elif m := re.match(r"<!-- constants (\S+) -->", source):
                self.constants(self.sources[m[1]])
            elif kind == "markdown":
                self.markdown(source)
            elif m := re.match(r"show_doc\(([\w.]+)", directives(source)[1].strip()):
                source = self.defined.get(m[1])
                if not (source and source["shown"]):
                    self.document(source["id"] if source else m[1])
            else:
                self.code(cell, source)
        for s in self.sources.values():
            missing = [n for n in s["defs"] if n not in self.documented and not n.rpartition(".")[2].startswith("_") and not n.startswith("_")]
            if missing and not s["hidden"]:
                self.complaints.append(f"exported, but without documentation on the page: {', '.join(missing)}")
        meta = dict(kernelspec=dict(name="python3", display_name="Python 3", language="python"), language_info=dict(name="python", pygments_lexer="ipython3"))
        return dict(cells=self.cells, metadata=meta, nbformat=4, nbformat_minor=5)

    def add(self, text):
        self.cells.append(dict(cell_type="markdown", metadata={}, source=text, id=f"page-{len(self.cells)}"))

    def front(self, front):
        lead = f"\n\n{{.lead}}\n{self.links(self.text(str(front['description'])))}" if front.get("description") else ""
        self.add(f"# {front.get('title', self.docname)}{lead}")

    def markdown(self, source):
        source = self.text(source)
        if NEEDS.search(source):
            symbols = "" if "glossary" in source or not self.docname[0].isdigit() else " Letters such as $N$, $T$ and $D$: see the [glossary](/glossary.ipynb#sizes)."
            source = re.sub(r"^(\*\*Needs:\*\*(?:.+\n?)+)", lambda m: "{.needs}\n" + m[1].rstrip() + symbols + "\n", source, flags=re.M)
        self.add(self.links(source))

    def links(self, text):
        "nbdev's links to names lead to the pages of this build; those without an anchor stay code. Constants, which nbdev does not link, are linked."
        def relative(m):
            html, _, anchor = m["to"].partition("#")
            doc = self.book.htmls.get(html)
            if doc is None or anchor not in self.book.anchors[doc]:
                return m["code"]
            return f"[{m['code']}](#{anchor})" if doc == self.docname else f"[{m['code']}](/{doc}.ipynb#{anchor})"
        text = re.sub(r"\[(?P<code>`[^`]+`)\]\(" + re.escape(SITE) + r"(?P<to>[^)]+)\)", relative, text)

        def constant(m):
            doc = self.book.constants.get(m["name"])
            if m["skip"] or doc is None or not re.fullmatch(r"[A-Z][A-Z0-9_]{3,}", m["name"] or ""):
                return m[0]
            if doc != self.docname != "names" and "_" not in m["name"] and len(m["name"]) < 8:
                return m[0]  # a word that other pages may use for something else
            return f"[`{m['name']}`](#{quarto.name_of(doc, m['name'])})"
        out = []
        for line, outside in quarto.unfenced(text.split("\n")):
            skip = not outside or line.startswith("#")
            out.append(line if skip else re.sub(r"(?P<skip>\[[^\]]*\]\([^)]*\))|(?<!`)`(?P<name>\w+)`(?!`)", constant, line))
        return "\n".join(out)

    def constants(self, s):
        "Anchors for constants whose cell is not shown; and the cell itself, folded, where no function brings it along"
        self.add("\n".join(f"({quarto.name_of(self.docname, c)})=" for c in s["constants"]) + "\n\n:::{div}\n:::")
        if all(n.startswith("_") for n in s["defs"]):
            self.fold("Source of " + ", ".join(f"`{c}`" for c in s["constants"]), s["code"])

    def documentation(self, name, cell):
        "Heading, docstring and parameters of an exported name; its source, folded away where the notebook does not show it"
        made = [o["data"].get("text/markdown", "") for o in cell.get("outputs", []) if "data" in o]
        if not made:
            self.complaints.append(f"no documentation was made for {name}")
            return
        text = "".join(made[0])
        head, _, body = text.partition("\n")
        self.documented.add(name)
        body = self.links(body)
        entry = f"### `{head.removeprefix('### ').strip()}`\n{body}"
        source = self.defined.get(name)
        if source and source["shown"]:  # its parameters stand in the source, which follows; the table is for looking up
            entry = entry.replace("{.parameters}", ":::{dropdown} Parameters\n:class-container: docs-parameters\n\n{.parameters}")
            entry += "\n:::" if "{dropdown}" in entry else ""
        self.entries.setdefault(source["id"] if source else name, {})[name] = entry

    def document(self, key):
        "The entries of one cell's names, in the order in which it defines them"
        entries, order = self.entries.pop(key, {}), self.sources.get(key, {}).get("defs", [])
        for name in sorted(entries, key=lambda n: order.index(n) if n in order else -1):
            self.add(entries[name])
        if entries and order and not self.sources[key]["shown"]:
            self.fold("Source", self.sources[key]["code"])

    def fold(self, title, code):
        self.add(f":::{{dropdown}} {title}\n:class-container: source\n\n````python\n{code.strip()}\n````\n:::")

    def code(self, cell, source):
        given, source = directives(source)
        value = {}
        for k, v in given.items():
            try:
                value[k] = yaml.safe_load(v) if v else ""
            except yaml.YAMLError:
                self.complaints.append(f"not YAML: #| {k}: {v}")
        if value.get("include") is False:
            return
        if unknown := value.keys() - KNOWN:
            self.complaints.append(f"unknown directives: {', '.join(sorted(unknown))}")
        tags = [t for k, t in [("echo", "remove-input"), ("output", "remove-output"), ("warning", "remove-stderr")] if value.get(k) is False]
        tags += ["hide-input"] if value.get("code-fold") is True else []
        exported = self.sources.get(cell.get("id"))
        if exported:
            tags.append("exported")
            self.document(cell["id"])
            for c in exported["constants"]:
                self.add(f"({quarto.name_of(self.docname, c)})=")
        outputs = [o for o in cell.get("outputs", []) if value.get("output") is not False]
        if value.get("output") == "asis" or any("text/markdown" in o.get("data", {}) for o in outputs):
            self.asis(outputs, source, tags)
            return
        self.figured(cell, source, tags, outputs, value)

    def asis(self, outputs, source, tags):
        "Markdown that a cell printed is part of the page"
        if "remove-input" not in tags:
            self.cells.append(self.cell(source, tags, []))
        for o in outputs:
            made = "".join(o.get("text", []) or o.get("data", {}).get("text/markdown", []))
            self.add(self.links(self.text(made)))

    def figured(self, cell, source, tags, outputs, value):
        pictures = [i for i, o in enumerate(outputs) if any(m.startswith("image/") for m in o.get("data", {}))]
        alt, label, caption = value.get("fig-alt"), value.get("label"), value.get("fig-cap")
        if pictures and not alt:
            self.complaints.append(f"figure without alternative text (#| fig-alt:), in the cell that starts with {source.strip()[:60]!r}")
        if not pictures and label and label.startswith("fig-"):
            self.complaints.append(f"{label} has no stored picture; run the notebook (make outputs)")
        figure = {}
        if caption:
            figure["caption"] = self.links(self.text.captioned(label, caption) if label else self.text.inline(caption))
        if label and label.startswith("fig-"):
            figure["name"] = self.text.label(label)
        for i in pictures:
            outputs[i] = dict(outputs[i], data=light(outputs[i]["data"]))
        image = {"alt": alt} if alt else {}
        if len(pictures) < 2:
            self.cells.append(self.cell(source, tags, outputs, figure, image))
        else:  # the caption belongs to the last picture alone
            last = pictures[-1]
            self.cells.append(self.cell(source, tags, outputs[:last], {}, image))
            self.cells.append(self.cell(source, ["remove-input"], outputs[last:], figure, image))

    def cell(self, source, tags, outputs, figure=None, image=None):
        made = {k: v for k, v in [("figure", figure), ("image", image)] if v}
        meta = dict(tags=tags, **({"mystnb": made} if made else {}))
        return dict(cell_type="code", metadata=meta, source=source.strip("\n"), outputs=outputs, execution_count=None, id=f"page-{len(self.cells)}")


def light(data):
    """A picture in fewer bytes: a palette where 256 colours are all it has, which changes no pixel; and as JPEG, of a
    quality that one cannot tell from the original, where it is a big photograph. The notebook keeps the original."""
    if "image/png" not in data:
        return data
    from PIL import Image
    png = base64.b64decode("".join(data["image/png"]))
    im = Image.open(io.BytesIO(png))
    if im.mode == "RGBA" and im.getextrema()[3] == (255, 255):
        im = im.convert("RGB")
    colours = im.getcolors(256) if im.mode == "RGB" else None
    png = min(png, packed(im.convert("P", palette=Image.Palette.ADAPTIVE, colors=len(colours)) if colours else im, "PNG", optimize=True), key=len)
    kind, best = "image/png", png
    if im.mode == "RGB" and len(png) > 150_000:
        jpeg = packed(im, "JPEG", quality=88, subsampling=0, optimize=True)
        kind, best = ("image/jpeg", jpeg) if len(jpeg) < 0.6 * len(png) else (kind, best)
    rest = {k: v for k, v in data.items() if k not in ("image/png", "image/jpeg")}
    return rest | {kind: base64.b64encode(best).decode()}


def packed(im, kind, **how):
    buf = io.BytesIO()
    im.save(buf, kind, **how)
    return buf.getvalue()


PARTS = {"Part I · Captions, by hand": range(3), "Part II · Looking in": range(3, 6), "Part III · Further": range(6, 100)}
APPENDIX = {"Commons": "checks files checkpoints gradcheck optim fast figures", "Data": "data datasets download scenes pictures",
            "Vision": "vision lite0 networks spaces features scene_network", "Judging": "metrics judging evidence", "Tools": "training recipes flickr8k cli main compat helping robustness benchmarks scaling"}
PROJECT = ["contributing", "glossary", "names", "changelog"]


def toctrees(docnames, titles):
    "The book's order: its parts by the chapters' numbers, the appendix by its groups, the project; what is not named here comes last"
    parts = {part: [] for part in [*PARTS, *(f"Appendix · {group}" for group in APPENDIX), "The project"]}
    named = {f"appendix/{n}": f"Appendix · {group}" for group, names in APPENDIX.items() for n in names.split()}
    named |= dict.fromkeys(PROJECT, "The project")
    place = {d: k for k, d in enumerate(named)}
    for d in sorted(set(docnames) - {"index"}, key=lambda d: (place.get(d, len(place)), d)):
        number = re.match(r"\d+", d)
        last = "Appendix · Tools" if d.startswith("appendix/") else "The project"
        part = next(p for p, numbers in PARTS.items() if int(number[0]) in numbers) if number else named.get(d, last)
        parts[part].append(f"{int(number[0])} · {titles.get(d, d)} </{d}>" if number else f"/{d}")
    return "\n\n".join(f":::{{toctree}}\n:hidden:\n:caption: {part}\n\n" + "\n".join(entries) + "\n:::" for part, entries in parts.items() if entries)


def begin(app):
    app.book = Book(app.srcdir, root / "_proc")
    if not app.book.sources:
        raise ExtensionError("no notebooks found")
    if twice := copies():
        raise ExtensionError("; ".join(twice))


def read(app, docname, source):
    if docname not in app.book.pages:
        for c in app.book.complaints.get(docname, ["nbdev made no page of it"]):
            log.warning("%s", c, location=docname, type="nbpages")
        source[0] = json.dumps(dict(cells=[dict(cell_type="markdown", metadata={}, id="page-0", source=f"# {docname}\n\nThis page could not be made.")], metadata={}, nbformat=4, nbformat_minor=5))
        return
    nb, complaints = app.book.page(docname)
    if docname == "index":
        nb["cells"].append(dict(cell_type="markdown", metadata={}, id="page-toc", source=toctrees(app.book.sources, app.book.titles)))
    for c in complaints:
        log.warning("%s", c, location=docname, type="nbpages")
    source[0] = json.dumps(nb)


def inventory(app, env):
    "Every documented name goes into objects.inv, which lets other sites link to it, and into the index"
    for docname in app.book.pages:
        entries = []
        for name, kind, anchor in app.book.objects(docname):
            env.domains.python_domain.objects[name] = ObjectEntry(docname, anchor, kind, False)
            short, module = name.split(".", 2)[2], name.split(".")[1]
            entries.append(("single", f"{short} ({module})", anchor, "", None))
        env.domains.index_domain.entries[docname] = entries


def finish(app, error):
    "nbdev's own names of pages (layers.html for 00_layers.ipynb) lead to them, with the anchor"
    if error or app.builder.name not in ("html", "dirhtml"):
        return
    for html, docname in app.book.htmls.items():
        target = f"{docname}.html"
        if html != target:
            to = Path(target).name
            page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{to}</title><link rel="canonical" href="{to}">' \
                   f'<meta name="robots" content="noindex"><script>location.replace("{to}" + location.hash)</script>' \
                   f'<noscript><meta http-equiv="refresh" content="0; url={to}"></noscript><p><a href="{to}">This page has another name.</a></p></html>\n'
            (Path(app.outdir) / html).write_text(page, encoding="utf-8")


def setup(app):
    version = hashlib.sha1(b"".join((Path(__file__).parent / f).read_bytes() for f in ("nbpages.py", "processing.py", "quarto.py", "conf.py"))).hexdigest()
    app.connect("builder-inited", begin)
    app.connect("source-read", read)
    app.connect("env-get-outdated", lambda app, *args: ["index"])
    app.connect("env-updated", inventory)
    app.connect("build-finished", finish)
    return dict(version="1", env_version=version, parallel_read_safe=False, parallel_write_safe=True)
