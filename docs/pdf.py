"""The whole book as one PDF, by Chromium: python docs/pdf.py OUT.pdf [--pages 03_saliency appendix/checks ...]

Sphinx writes all pages into one; Chromium sets the mathematics, unfolds what is folded (docs/static/print.js) and
prints it, with an outline and links that lead to the page they mean. The environment variable CHROMIUM may name one.
"""
import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from check_browser import MATHS, chromium, serve
from sources import root, settings

FOOT = '<div style="font-size: 8px; width: 100%; text-align: center; color: #666"><span class="pageNumber"></span></div>'
STYLE = """@page { size: A4; margin: 18mm 16mm 20mm }
  .bd-sidebar, .bd-header, .bd-header-article, .bd-footer, .bd-sidebar-secondary, .prev-next-footer { display: none !important }
  .bd-main, .bd-content, .bd-article-container { max-width: none !important; width: 100% !important }
  #jb-print-toc { display: none !important }
  span[id^=document-] + section { break-before: page }
  span[id^=document-] + section > :is(h1, h2, h3, h4):first-of-type { font-size: 2.1rem; margin-top: 0 }
  figure, img, table.parameters tr { break-inside: avoid } h2, h3, h4 { break-after: avoid }"""


def book(srcdir, out):
    "One HTML page of all notebooks in a folder"
    done = subprocess.run([sys.executable, "-m", "sphinx", "-q", "-b", "singlehtml", "-c", root / "docs", srcdir, out], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: sphinx: {done.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--pages", nargs="*", help="print these alone")
    args = parser.parse_args()
    from playwright.sync_api import sync_playwright
    binary = chromium()
    if not binary:
        sys.exit("error: no Chromium here; install one, or name it in the environment variable CHROMIUM")
    nbs = root / settings()["nbs_path"]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if args.pages:
            for name in ["index", *args.pages]:
                (folder / "nbs" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(nbs / f"{name}.ipynb", folder / "nbs" / f"{name}.ipynb")
            nbs = folder / "nbs"
        book(nbs, folder / "one")
        server, base = serve(folder / "one")
        args.out.parent.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=binary, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            page = browser.new_page(viewport=dict(width=1000, height=1400), color_scheme="light")
            page.set_default_timeout(600_000)
            page.goto(base, wait_until="load")
            page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
            page.wait_for_function("[...document.images].every(i => i.complete)")
            page.wait_for_function(MATHS)
            page.evaluate("dispatchEvent(new Event('beforeprint'))")
            shut = page.evaluate("document.querySelectorAll('.bd-article details:not([open]):not(.source)').length")
            page.add_style_tag(content=STYLE)
            page.pdf(path=args.out, format="A4", print_background=True, outline=True, tagged=True,
                     display_header_footer=True, header_template="<span></span>", footer_template=FOOT)
            browser.close()
        server.shutdown()
    if shut:
        sys.exit(f"error: {shut} parts of {args.out} are still folded")
    print(f"pdf: {args.out}, {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
