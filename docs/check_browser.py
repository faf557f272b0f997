"""Read the built site in a real browser: python docs/check_browser.py _docs [--shots DIR]

Headless Chromium opens every page, at 1400 and 390 pixels, light and dark: no error on the console, no request
to another host, no scrolling sideways, mathematics rendered, figures on white. Then it searches for
`lstm_step_backward`, switches the theme and copies a cell. Skipped, in so many words, where there is no
Chromium (the environment variable CHROMIUM may name one). With --shots it leaves a picture of every page.
"""
import argparse
import functools
import http.server
import os
import shutil
import sys
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
        self.browser, self.base, self.shots, self.faults, self.maths = browser, base, shots, [], 0

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
        page.goto(self.base + name, wait_until="load")
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("site", nargs="?", default="_docs", type=Path)
    parser.add_argument("--shots", type=Path)
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
        visit.pages(names)
        visit.uses(next(n for n in names if n[0].isdigit()))
        version = browser.version
        browser.close()
    server.shutdown()
    print(f"browser (Chromium {version}): {len(names)} pages at {' and '.join(map(str, SIZES))} px, light and dark; {visit.maths} formulas, {len(visit.faults)} faults")
    sys.exit(bool(visit.faults))


if __name__ == "__main__":
    main()
