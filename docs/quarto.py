"""Quarto's Markdown, as nbdev's notebooks use it, rewritten as MyST's.

    >>> numbers = {("00_layers", "eq-affine"): 1, ("00_layers", "fig-shapes"): 2, ("01_rnn", "fig-norms"): 1}
    >>> page = Markdown("00_layers", numbers, {"00_layers": "Layers", "01_rnn": "Recurrent networks"})
    >>> print(page("By @eq-affine, @fig-shapes and @fig-norms; not `@fig-x`."))
    By Equation {eq}`00-layers-eq-affine`, {ref}`Figure 2 <00-layers-fig-shapes>` and {ref}`Figure 1 of Recurrent networks <01-rnn-fig-norms>`; not `@fig-x`.
    >>> print(page("$$y = x$$ {#eq-affine}"))
    $$y = x$$ (00-layers-eq-affine)
    >>> print(page('::: {.callout-warning title="Careful"}\\nText.\\n:::'))
    :::{admonition} Careful
    :class: warning
    <BLANKLINE>
    Text.
    :::
    >>> print(page('::: {.grid}\\n::: {.card}\\nOne\\n:::\\n:::'))
    ::::{div} grid
    <BLANKLINE>
    :::{div} card
    <BLANKLINE>
    One
    :::
    ::::
    >>> print(page("![A map](map.png){#fig-shapes fig-alt='Dark on light'}"))
    :::{figure} map.png
    :name: 00-layers-fig-shapes
    :alt: Dark on light
    <BLANKLINE>
    **Figure 2.** A map
    :::
    >>> page("{{< video x >}}"); page.complaints
    '{{< video x >}}'
    ["no counterpart for: '{{< video x >}}'"]
"""
import re
from dataclasses import dataclass, field

KINDS = {"fig": "Figure", "eq": "Equation", "tbl": "Table"}
_fence = re.compile(r"^\s*(`{3,}|~{3,})")
_div = re.compile(r"^\s*:{3,}\s*(\{.*\}|[\w-]+)?\s*$")
_attr = re.compile(r"""\.(?P<cls>[\w-]+)|\#(?P<id>[\w:-]+)|(?P<key>[\w-]+)=(?P<q>["']?)(?P<value>(?:(?<=")[^"]*|(?<=')[^']*|[^\s"'}]*))(?P=q)""")
_image = re.compile(r"^!\[(?P<text>.*)\]\((?P<src>\S+)\)\s*(?P<attrs>\{.*\})?\s*$")
_heading = re.compile(r"^(#{1,6}\s.*?)\s*\{(#[^}]*)\}\s*$")
_caption = re.compile(r"^:\s+(?P<text>.*?)\s*\{#(?P<id>tbl-[\w-]+)\}\s*$")
_equation = re.compile(r"\$\$\s*\{#(eq-[\w-]+)\}")
_reference = re.compile(r"(?P<skip>(?P<tick>`+).+?(?P=tick)|\$[^$\n]+\$)|@(?P<label>(?:fig|eq|tbl|sec)-[\w-]*\w)")
_anchor = re.compile(r'<a id="([\w-]+)"></a>')
LABEL = re.compile(r"\{#((?:fig|eq|tbl|sec)-[\w-]+)[^}]*\}")


def attributes(text):
    "What stands in Quarto's braces: classes, id, key=value"
    found = [m.groupdict() for m in _attr.finditer(text or "")]
    return dict(classes=[f["cls"] for f in found if f["cls"]], id=next((f["id"] for f in found if f["id"]), None),
                **{f["key"]: f["value"] for f in found if f["key"]})


def unfenced(lines):
    "Each line, and whether it stands outside of code"
    mark = None
    for line in lines:
        m = _fence.match(line)
        if mark is None and m:
            mark = m[1]
            yield line, False
        elif mark is not None:
            if m and m[1].startswith(mark) and not line.strip(" `~"):
                mark = None
            yield line, False
        else:
            yield line, True


def slug(text):
    "The anchor that Pandoc and nbdev give a heading"
    text = re.sub(r"[^\w\s.-]", "", text.lower()).strip()
    return re.sub(r"^[^a-z_]+", "", re.sub(r"\s+", "-", text)) or "section"


def name_of(docname, label):
    "A label that is unique in the book: pages may use the same one"
    return re.sub(r"[^a-z0-9]+", "-", f"{docname}-{label}".lower())


@dataclass
class Div:
    attrs: dict
    children: list = field(default_factory=list)

    @property
    def height(self):
        return 1 + max((c.height for c in self.children if isinstance(c, Div)), default=0)


@dataclass
class Markdown:
    docname: str
    numbers: dict  # (docname, label) -> number on its page
    titles: dict  # docname -> title
    complaints: list = field(default_factory=list)

    def __call__(self, text):
        root = Div({})
        open_ = [root]
        for line, outside in unfenced(text.splitlines()):
            m = outside and _div.match(line)
            if m and m[1]:
                attrs = attributes(m[1]) if m[1].startswith("{") else dict(classes=[m[1]], id=None)
                open_[-1].children.append(Div(attrs))
                open_.append(open_[-1].children[-1])
            elif m and len(open_) > 1:
                open_.pop()
            elif m:
                self.complaints.append("a ::: that closes nothing")
            else:
                open_[-1].children.append((line, outside))
        if len(open_) > 1:
            self.complaints.append(f"a ::: {open_[-1].attrs['classes']} that is never closed")
        return "\n".join(self.body(root.children))

    def body(self, children):
        out = []
        for c in children:
            if isinstance(c, Div):
                out += self.div(c)
            elif c[1]:
                out += self.line(c[0], out)
            else:
                out.append(c[0])
        return out

    def div(self, d):
        "One of Quarto's fenced divs as a directive; the outer fence is longer than the inner ones"
        classes, title, options = d.attrs["classes"], d.attrs.get("title"), []
        kind = next((c.removeprefix("callout-") for c in classes if c.startswith("callout-")), None)
        inner = d.children
        if kind and not title:
            first = next((i for i, c in enumerate(inner) if not isinstance(c, Div) and c[0].strip()), None)
            if first is not None and inner[first][0].startswith("#"):
                title, inner = inner[first][0].lstrip("# "), inner[first + 1:]
        if kind and d.attrs.get("collapse") == "true":
            head, options = f"{{dropdown}} {title or kind.capitalize()}", [f":class-container: {kind}"]
        elif kind and title:
            head, options = f"{{admonition}} {''.join(self.line(title, []))}", [f":class: {kind}"]
        elif kind:
            head = f"{{{kind}}}"
        elif "tab" in d.attrs:
            head = f"{{tab-item}} {d.attrs['tab']}"
        elif "panel-tabset" in classes:
            head, inner = "{tab-set}", self.tabs(inner)
        elif "column-margin" in classes:
            head = "{margin}"
        else:
            head = "{div} " + " ".join(c for c in classes if not c.startswith("g-col"))
        fence = ":" * (2 + Div({}, inner).height)
        target = [f"({self.label(d.attrs['id'])})="] if d.attrs["id"] else []
        inner = self.body(inner)
        while inner and not inner[0].strip():
            inner.pop(0)
        while inner and not inner[-1].strip():
            inner.pop()
        return target + [fence + head, *options, "", *inner, fence]

    def tabs(self, children):
        "Headings inside of a tab set are the tabs' names"
        out = []
        for c in children:
            if not isinstance(c, Div) and c[1] and c[0].startswith("#"):
                out.append(Div({"classes": [], "id": None, "tab": c[0].lstrip("# ")}))
            elif out:
                out[-1].children.append(c)
        return out

    def line(self, text, before):
        if re.search(r"\{\{<", text):
            self.complaints.append(f"no counterpart for: {text!r}")
        text = _anchor.sub(r"[]{#\1}", text)
        m = _heading.match(text)
        if m:
            attrs = attributes(m[2])
            return ([f"({self.label(attrs['id'])})="] if attrs["id"] else []) + [self.inline(m[1])]
        m = _image.match(text)
        if m:
            return self.figure(m["text"], m["src"], attributes(m["attrs"]))
        m = _caption.match(text)
        if m:
            return self.table(m, before)
        return [self.inline(_equation.sub(lambda m: f"$$ ({self.label(m[1])})", text))]

    def figure(self, caption, src, attrs):
        alt = attrs.get("fig-alt") or caption
        if not alt:
            self.complaints.append(f"picture without alternative text: {src}")
        if not attrs["id"]:
            return [f"![{alt}]({src})"]
        return [f":::{{figure}} {src}", f":name: {self.label(attrs['id'])}", f":alt: {alt}", "",
                self.captioned(attrs["id"], caption), ":::"]

    def captioned(self, label, text):
        return f"**{KINDS[label.split('-')[0]]} {self.numbers.get((self.docname, label), '?')}.** {self.inline(text)}"

    def table(self, m, before):
        "The caption stands below the table; what it belongs to is taken back and wrapped"
        while before and not before[-1].strip():
            before.pop()
        start = len(before)
        while start and before[start - 1].lstrip().startswith("|"):
            start -= 1
        rows, before[start:] = before[start:], []
        return [f"({self.label(m['id'])})=", self.captioned(m["id"], m["text"]), "", *rows, ""]

    def label(self, label):
        return name_of(self.docname, label)

    def inline(self, text):
        return _reference.sub(lambda m: m[0] if m["skip"] else self.reference(m["label"]), text)

    def reference(self, label):
        doc = self.docname if (self.docname, label) in self.numbers else next((d for d, l in self.numbers if l == label), None)
        if doc is None:
            self.complaints.append(f"@{label} leads nowhere")
            return f"@{label}"
        kind, name = label.split("-")[0], name_of(doc, label)
        where = "" if doc == self.docname else f" of {self.titles[doc]}"
        if kind == "eq":
            return f"Equation\u00a0{{eq}}`{name}`" + where
        if kind == "sec":
            return f"{{ref}}`{name}`"
        return f"{{ref}}`{KINDS[kind]} {self.numbers[doc, label]}{where} <{name}>`"

