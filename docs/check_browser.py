"""Read the built site in a real browser: python docs/check_browser.py _docs [--shots DIR] [--words]

Headless Chromium opens every page, at 1400 and 390 pixels, light and dark: no error on the console, no request
to another host, no scrolling sideways, mathematics rendered, figures on white. Then it searches for
`lstm_step_backward`, switches the theme and copies a cell. In the chapter on grounding, and in a page that
`cs231n ground` wrote, opened as a file, it points at words with the mouse, with a finger and with the keyboard, and
looks whether the map that is shown is the word's (--words does this alone). Skipped, in so many words, where there is
no Chromium (the environment variable CHROMIUM may name one). With --shots it leaves a picture of every page.
"""
import argparse
import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

SIZES = {1400: 1000, 390: 844}
# Wider than the window, and in no box that scrolls by itself
WIDE = """() => { const w = document.documentElement.clientWidth;
  const inside = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) {
    const s = getComputedStyle(p); if (/(auto|scroll|hidden|clip)/.test(s.overflowX) || s.position === 'fixed') return true } return false };
  const wide = [...document.querySelectorAll('.bd-article *')].filter(e => e.getBoundingClientRect().right > w + 1 && !inside(e));
  return document.documentElement.scrollWidth > w ? ['the page: ' + document.documentElement.scrollWidth + ' px']
    : wide.slice(0, 3).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40)) }"""
MATHS = "() => !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
UNRENDERED = "() => [...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container svg') || e.querySelector('[data-mjx-error], merror')).map(e => e.textContent.slice(0, 60))"
GROUND = "() => [...document.querySelectorAll('.bd-article img')].filter(i => getComputedStyle(i).backgroundColor !== 'rgb(255, 255, 255)' || getComputedStyle(i).filter !== 'none' || !i.complete || !i.naturalWidth).map(i => i.src)"
# What the piece of grounding shows: which maps are to be seen, which words are pressed, what is told, who has the focus
WORDS = """root => { const all = s => [...root.querySelectorAll(s)], where = (list, f) => list.map((e, i) => f(e) ? i : -1).filter(i => i >= 0);
  const words = all('button');
  return {maps: where(all('g'), g => getComputedStyle(g).opacity === '1'), hidden: where(all('g'), g => getComputedStyle(g).opacity === '0').length,
    pressed: where(words, w => w.getAttribute('aria-pressed') === 'true'), told: root.querySelector('.told').textContent,
    focus: words.indexOf(document.activeElement), words: words.map(w => w.textContent)} }"""


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def serve(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/"


class Visit:
    def __init__(self, browser, base, shots):
        self.browser, self.base, self.shots, self.faults, self.maths, self.pointed = browser, base, shots, [], 0, 0

    def fault(self, where, what):
        if (text := f"{where}: {what}") not in self.faults:
            self.faults.append(text)
            print(text, flush=True)

    def open(self, context, name, label):
        page = context.new_page()
        page.on("console", lambda m: m.type == "error" and self.fault(label, f"console: {m.text}"))
        page.on("pageerror", lambda e: self.fault(label, f"script error: {e}"))
        page.on("request", lambda r: urlsplit(r.url).hostname not in ("127.0.0.1", None) and self.fault(label, f"asks another host: {r.url}"))
        page.on("requestfailed", lambda r: self.fault(label, f"request failed: {r.url}"))
        page.on("response", lambda r: r.status >= 400 and self.fault(label, f"{r.status}: {r.url}"))
        page.goto(name if "://" in name else self.base + name, wait_until="load")
        page.wait_for_function(MATHS)
        return page

    def pages(self, names):
        context = self.browser.new_context(viewport=dict(width=1400, height=1000), color_scheme="light")
        context.set_default_timeout(300_000)
        for name in names:
            page = self.open(context, name, name)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true); document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
            page.wait_for_function("[...document.images].every(i => i.complete)")
            formulas = page.locator(".math").count()
            if name[0].isdigit() and not formulas:
                self.fault(name, "a chapter without mathematics")
            if found := page.evaluate(UNRENDERED):
                self.fault(name, f"mathematics not rendered: {found}")
            self.maths += formulas
            for width, height in SIZES.items():
                page.set_viewport_size(dict(width=width, height=height))
                if found := page.evaluate(WIDE):
                    self.fault(f"{name} at {width} px", f"too wide: {found}")
                for theme in ("light", "dark"):
                    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
                    if found := page.evaluate(GROUND):
                        self.fault(f"{name}, {theme}", f"figure not on white, or not loaded: {found}")
                    if self.shots:
                        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
                        page.screenshot(path=self.shots / f"{name[:-5].replace('/', '-')}-{width}-{theme}.png", full_page=True)
                        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            page.close()
        context.close()

    def uses(self, chapter):
        context = self.browser.new_context(viewport=dict(width=1400, height=1000), color_scheme="light")
        context.set_default_timeout(300_000)
        page = self.open(context, "search.html?q=lstm_step_backward", "search")
        page.wait_for_selector("#search-results li a")
        hits = page.eval_on_selector_all("#search-results li a", "a => a.map(x => x.getAttribute('href'))")
        if not any("rnn" in h for h in hits):
            self.fault("search", f"lstm_step_backward not found: {hits[:3]}")
        page.close()
        page = self.open(context, chapter, "theme switch")
        seen = []
        for mode in ("dark", "light", "dark"):
            page.locator("button.theme-switch-button:visible").first.click()
            page.locator(f"button.theme-change-button[data-mode={mode}]:visible").first.click()
            seen.append((mode, page.evaluate("() => document.documentElement.dataset.theme"), page.evaluate("() => getComputedStyle(document.body).backgroundColor")))
        if any(mode != theme for mode, theme, _ in seen) or seen[0][2] == seen[1][2] or seen[0] != seen[2]:
            self.fault("theme switch", f"the page stays as it is: {seen}")
        if not page.locator("a[href$='.ipynb']").count():
            self.fault(chapter, "no button for the notebook")
        page.locator("div.highlight").first.hover()
        if not page.locator("button.copybtn").count():
            self.fault(chapter, "no button to copy code")
        context.close()

    def words(self, context, address, label, touch):
        "Point at the words of a caption in every way that there is, and see whether each shows its own map"
        page = self.open(context, address, label)
        root = page.locator(".grounding").first
        buttons, picture = root.locator("button"), root.locator("svg")

        def expect(k, how):
            "The map of word `k` is to be seen and no other, and the text names that word; -1: none is"
            seen = root.evaluate(WORDS)
            wanted = [] if k < 0 else [k]
            named = seen["told"].startswith("Point at") if k < 0 else f"Word {k + 1} of" in seen["told"] and f"\u201c{seen['words'][k]}\u201d" in seen["told"]
            if not (seen["maps"] == seen["pressed"] == wanted and seen["hidden"] == len(seen["words"]) - len(wanted) and named):
                self.fault(label, f"{how}: wanted word {k} alone, got {seen}")
            return picture.screenshot()

        count = buttons.count()
        if count < 3:
            return self.fault(label, f"wanted three words or more to point at, got {count}")
        looks = [expect(-1, "at first")]
        for k in range(count):
            buttons.nth(k).tap() if touch else buttons.nth(k).hover()
            looks.append(expect(k, "touched" if touch else "hovered"))
        if len(set(looks)) < count:  # two words may have one map, but not all
            self.fault(label, f"only {len(set(looks))} different pictures for no word and {count} words")
        buttons.nth(0).tap() if touch else buttons.nth(0).click()
        expect(0, "touched again" if touch else "clicked")
        if not touch:
            page.mouse.move(0, 0)
        page.keyboard.press("Escape")
        expect(-1, "after Escape")
        root.evaluate("r => { r.tabIndex = -1; r.focus() }")
        for k, key in ((0, "Tab"), (1, "Tab"), (2, "ArrowRight"), (1, "ArrowLeft"), (0, "Shift+Tab"), (count - 1, "ArrowLeft"), (-1, "Escape")):
            page.keyboard.press(key)
            if expect(k, f"after the key {key}") == looks[0] and k >= 0:
                self.fault(label, f"the picture stays as it is after the key {key}")
        page.close()
        self.pointed += 2 * count

    def grounding(self, chapter, written):
        "The words of the chapter, and those of a page that is a file; with a mouse, and on a telephone"
        light = dict(color_scheme="light")
        for device, settings in dict(mouse=dict(viewport=dict(width=1400, height=1000)), touch=dict(viewport=dict(width=390, height=844), has_touch=True, is_mobile=True)).items():
            context = self.browser.new_context(**light, **settings)
            context.set_default_timeout(60_000)
            for where, address in dict(chapter=self.base + chapter, file=written.as_uri()).items():
                self.words(context, address, f"words of the {where}, {device}", device == "touch")
            context.close()


def written_page(folder):
    "A page of `cs231n ground`, about a scene"
    from PIL import Image

    from cs231n_nbdev.scenes import make_scenes
    photo, page = folder / "scene.png", folder / "words.html"
    Image.fromarray(make_scenes(1, 12, objects=(2,))[0].picture).save(photo)
    subprocess.run([sys.executable, "-m", "cs231n_nbdev", "ground", photo, "--model", "scenes", "-o", page, "--quiet"], check=True)
    return page


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("site", nargs="?", default="_docs", type=Path)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--words", action="store_true", help="only the words of grounding")
    args = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return print("browser test SKIPPED: playwright is not installed (pip install -e '.[docs]')")
    binary = chromium()
    if not binary:
        return print("browser test SKIPPED: no Chromium here; install one, or name it in the environment variable CHROMIUM")
    names = [p.relative_to(args.site).as_posix() for p in sorted(args.site.rglob("*.html"))]
    names = [n for n in names if "_static" not in n and 'name="robots" content="noindex"' not in (args.site / n).read_text(encoding="utf-8")[:400]]
    if args.shots:
        args.shots.mkdir(parents=True, exist_ok=True)
    server, base = serve(args.site)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-dev-shm-usage"]
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=binary, args=flags)
        visit = Visit(browser, base, args.shots)
        if not args.words:
            visit.pages(names)
            visit.uses(next(n for n in names if n[0].isdigit()))
        with tempfile.TemporaryDirectory() as folder:
            visit.grounding(next(n for n in names if n.endswith("grounding.html")), written_page(Path(folder)))
        version = browser.version
        browser.close()
    server.shutdown()
    read = "" if args.words else f"{len(names)} pages at {' and '.join(map(str, SIZES))} px, light and dark; {visit.maths} formulas, "
    print(f"browser (Chromium {version}): {read}{visit.pointed} words pointed at, {len(visit.faults)} faults")
    sys.exit(bool(visit.faults))


if __name__ == "__main__":
    main()
