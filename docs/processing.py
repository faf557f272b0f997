"""nbdev's own processors over every notebook: documentation of exported names comes in, hidden cells go out, names in backticks become links.

What comes out lies in _proc/, as with nbdev_docs, and is kept there until the notebook, settings.ini or the
library's index of names changes. This module does not know Sphinx: it also runs in child processes.
"""
import ast
import configparser
import contextlib
import hashlib
import inspect
import io
import json
import multiprocessing
import os
import re
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

root = Path(__file__).resolve().parent.parent
ini = configparser.ConfigParser(delimiters=["="])
ini.read(root / "settings.ini", encoding="utf-8")
cfg = ini["DEFAULT"]


def plain(text):
    "A docstring or comment as Markdown: backticks and mathematics keep their meaning, nothing else has one; papers become links"
    def outside(s):
        s = re.sub(r"([<*\[\]])", r"\\\1", s)
        s = re.sub(r"\barXiv[: ]\s*(\d{4}\.\d{4,5})", r"[arXiv \1](https://arxiv.org/abs/\1)", s)
        return re.sub(r"\b(?:doi|DOI)[: ]\s*(10\.\d{4,}/[^\s,;)]*[^\s,;.)])", r"[doi \1](https://doi.org/\1)", s)
    return "".join(s if i % 2 else outside(s) for i, s in enumerate(re.split(r"(`[^`]+`|\$[^$\n]+\$)", text)))


class Page:
    "What `show_doc` shows: the name, its docstring and a table of its parameters. The source follows on the page, and the signature with it."
    def __init__(self, sym, name=None, title_level=3, **kwargs):
        from fastcore.docments import docments, docstring, qual_name
        self.sym, self.name = sym, name or qual_name(getattr(sym, "fget", None) or sym)
        doc = docstring(sym) if not inspect.isclass(sym) else inspect.getdoc(sym) or ""
        self.doc = re.split(r"(?:^|\n\n)(?:Parameters|Returns|Fields):\n", doc)[0]  # those that help() shows stand in the table
        try:
            self.params = docments(sym, full=True, args_kwargs=True)
        except Exception:
            self.params = {}

    @staticmethod
    def cells(name, p):
        "A parameter's name, type and default; and its meaning"
        empty, kind = inspect.Parameter.empty, p.get("kind")
        stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}.get(kind, "")
        default, anno = p.get("default", empty), p.get("anno", empty)
        about = [] if anno in (empty, None, type(None)) else [inspect.formatannotation(anno).replace("'", "")]
        if default is not empty:
            text = getattr(default, "__name__", None) or repr(default)
            about.append("= " + (text if len(text) < 60 else text[:57] + "..."))
        first = ("*returns*" if name == "return" else f"`{stars}{name}`") + (f" `{' '.join(about)}`" if about else "")
        return [c.replace("|", r"\|") for c in (first, plain(" ".join((p.get("docment") or "").split())))]

    def table(self):
        shown = {k: v for k, v in self.params.items() if k != "self" and (k != "return" or v.get("docment"))}
        if not any(v.get("docment") for v in shown.values()):
            return ""
        rows = [" | ".join(self.cells(k, v)) for k, v in shown.items()]
        return "\n".join(["{.parameters}", "| Parameter | Meaning |", "| --- | --- |", *(f"| {r} |" for r in rows)])

    def _repr_markdown_(self):
        return "\n\n".join(p for p in [f"### {self.name}", plain(self.doc), self.table()] if p)

    def __repr__(self):
        return self.name


def directives(source):
    "The `#|` lines at the top of a cell, as a dict, and the rest"
    given, lines = {}, source.split("\n")
    while lines and (m := re.match(r"^#\s*\|\s*(.*)$", lines[0])):
        lines.pop(0)
        key, _, value = m[1].partition(":") if re.match(r"[\w-]+:", m[1]) else m[1].partition(" ")
        given[key.strip()] = value.strip()
    return given, "\n".join(lines)


def tree(source):
    for text in (source, re.sub(r"^\s*[%!].*$", "", source, flags=re.M)):  # as it is, or without magics
        with contextlib.suppress(SyntaxError):
            return ast.parse(text).body
    return []


def mixed(source):
    "Imports among other code, at any depth: nbdev would run such a cell again while the page is made"
    body, kinds = tree(source), (ast.Import, ast.ImportFrom)
    return any(isinstance(n, kinds) for t in body for n in ast.walk(t)) and not all(isinstance(t, kinds) for t in body)


def names_in(source):
    "Functions and classes that a cell defines, as `show_doc` calls them, and its public constants"
    from nbdev.showdoc import showdoc_nm
    body = tree(source)
    defs = [showdoc_nm(t) for t in body if isinstance(t, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
    given = [n for t in body if isinstance(t, ast.Assign) for n in t.targets] + [t.target for t in body if isinstance(t, ast.AnnAssign)]
    flat = [e for n in given for e in (n.elts if isinstance(n, ast.Tuple) else [n])]
    return defs, [n.id for n in flat if isinstance(n, ast.Name) and not n.id.startswith("_")]


def process(src, dst, key):
    "Run nbdev's processors over one notebook; returns what there is to complain about"
    os.environ.update(IN_TEST="1", MPLBACKEND="agg")
    from execnb.nbio import mk_cell, read_nb, write_nb
    from fastcore.foundation import L
    from nbdev import showdoc
    from nbdev.processors import FilterDefaults
    showdoc.BasicMarkdownRenderer = Page
    complaints, sources = [], []
    nb, marked = read_nb(src), []
    for cell in nb.cells:
        marked.append(cell)
        if cell.cell_type != "code":
            continue
        given, source = directives(cell.source)
        if given.keys() & {"export", "exports"}:
            defs, constants = names_in(source)
            sources.append(dict(id=cell.get("id"), code=source, shown="exports" in given, defs=defs, constants=constants, hidden="hide" in given))
            if constants and "exports" not in given:  # the cell will be dropped; its place is kept
                marked.insert(-1, mk_cell(f"<!-- constants {cell.get('id')} -->", "markdown"))
        elif mixed(source) and given.get("eval") != "false":
            complaints.append(f"imports and other code in one cell; nbdev would run it again while making the page: {source[:70]!r}")
    nb.cells = L(marked)
    for i, cell in enumerate(nb.cells):
        cell["idx_"] = i
    first = nb.cells[0].source if nb.cells and nb.cells[0].cell_type == "markdown" else ""
    if re.sub(r"^(#\s.*|>\s.*|-\s+[\w-]+:.*)$", "", first, flags=re.M).strip():
        complaints.append("the first cell holds more than title and subtitle; nbdev drops the rest from the page")
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            FilterDefaults()(nb)
    except Exception as e:
        cause = e.__cause__ or e
        return complaints + [f"nbdev cannot process it: {str(e).splitlines()[0] if str(e) else ''} {type(cause).__name__}: {cause}"]
    nb.metadata["exported"] = sources
    dst.parent.mkdir(parents=True, exist_ok=True)
    write_nb(nb, dst)
    dst.with_suffix(".log").write_text(json.dumps(dict(key=key, complaints=complaints)))
    return complaints


def process_all(sources, proc):
    "Process the notebooks that changed, several at a time; {docname: complaints}"
    found, due = {}, {}
    common = [root / "settings.ini", Path(__file__), root / cfg["lib_path"] / "_modidx.py"]
    chief = b"".join(p.read_bytes() for p in common if p.exists())
    for docname, src in sources.items():
        dst, text = proc / f"{docname}.ipynb", src.read_bytes()
        log, key = dst.with_suffix(".log"), hashlib.sha1(chief + text).hexdigest()
        old = json.loads(log.read_text()) if dst.exists() and log.exists() else {}
        if old.get("key") == key and b"#| exec_doc" not in text:
            found[docname] = old["complaints"]
        else:
            dst.unlink(missing_ok=True)
            due[docname] = (src, dst, key)
    if not due:
        return found
    sys.path.insert(0, str(Path(__file__).parent))  # the children find this module by its name
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(min(len(due), os.cpu_count() or 1), multiprocessing.get_context("spawn")) as pool:
        jobs = {docname: pool.submit(process, *what) for docname, what in due.items()}
        return found | {docname: job.result() for docname, job in jobs.items()}
