"""Find dead links in the built site: python docs/check_links.py _docs

Every link, picture, script and style of every page must lead to a file of the site, and every #anchor to
an element of that page; nothing may be loaded from elsewhere, every picture needs alternative text, and a
page with its pictures stays under 3 MB. Links to other hosts are counted, not followed.
"""
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"img": "src", "script": "src", "source": "src", "iframe": "src", "video": "src", "audio": "src"}
LIMIT = 3_000_000


class Reader(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded, self.unseen = set(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.ids.update(v for v in (a.get("id"), a.get("name") if tag == "a" else None) if v)
        if tag == "a" and a.get("href") is not None:
            self.links.append(a["href"])
        elif tag == "link" and a.get("rel") not in ("canonical", "search", "index", "next", "prev") and a.get("href"):
            self.loaded.append(a["href"])
        elif tag in LOADED and a.get(LOADED[tag]):
            self.loaded.append(a[LOADED[tag]])
        if tag == "img" and not (a.get("alt") or "").strip() and "aria-hidden" not in a:
            self.unseen.append(a.get("src", "?"))


def check(out):
    pages = {p.resolve(): Reader(p.read_text(encoding="utf-8")) for p in sorted(out.rglob("*.html")) if "_static" not in p.parts}
    faults, counts, heaviest = [], dict(internal=0, external=0), (0, "")
    for path, page in pages.items():
        name = path.relative_to(out.resolve()).as_posix()
        weight = path.stat().st_size
        for link in page.links + page.loaded:
            url = urlsplit(link)
            if url.scheme in ("http", "https") or url.netloc:
                counts["external"] += 1
                if link in page.loaded:
                    faults.append(f"{name}: loads {link} from another host")
                continue
            if url.scheme:  # mailto:, data:, javascript:
                continue
            counts["internal"] += 1
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                faults.append(f"{name}: {link} leads to no file")
            elif url.fragment and target in pages and unquote(url.fragment) not in pages[target].ids | {"top"}:
                faults.append(f"{name}: {link} leads to no anchor")
            elif link in page.loaded and target.suffix in (".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp"):
                weight += target.stat().st_size
        faults += [f"{name}: picture without alternative text: {src}" for src in page.unseen]
        heaviest = max(heaviest, (weight, name))
        if weight > LIMIT:
            faults.append(f"{name}: {weight / 1e6:.1f} MB with its pictures, more than {LIMIT / 1e6:.0f}")
    return pages, faults, counts, heaviest


if __name__ == "__main__":
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "_docs")
    pages, faults, counts, heaviest = check(out)
    if not pages:
        sys.exit(f"error: no pages in {out}; run `make docs`")
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"links: {len(pages)} pages, {counts['internal']} internal links, {counts['external']} to other hosts (not followed), "
          f"heaviest page {heaviest[1]} with {heaviest[0] / 1e6:.2f} MB; {len(faults)} faults")
    sys.exit(bool(faults))
