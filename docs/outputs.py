"""Run notebooks in place and store their outputs: python docs/outputs.py nbs/01_rnn.ipynb ...

Cells marked `#| eval: false` are left out, as nbdev_test does; those that need the ImageNet weights
(`#| pretrained`) run only where CS231N_SQUEEZENET names a file, those that measure (`#| bench`) only where BENCH is
set. Elsewhere they keep their old outputs.
"""
import os
import sys
from pathlib import Path

from execnb.nbio import read_nb, write_nb
from execnb.shell import CaptureShell
from nbdev.config import get_config
from nbdev.process import NBProcessor

os.environ["IN_TEST"] = "1"


def skipped(cell, flags):
    given = getattr(cell, "directives_", None) or {}
    return cell.cell_type != "code" or given.get("eval:", [""])[0].lower() == "false" or flags & given.keys()


def run(path, flags):
    nb, shell = read_nb(path), CaptureShell(path, mpl_format="png")
    marked = NBProcessor(path, process=True).nb.cells  # the same cells, their directives read
    for cell, marks in zip(nb.cells, marked, strict=True):
        if skipped(marks, flags):
            continue
        cell.outputs = list(shell.run(cell.source))
        if shell.exc:
            raise SystemExit(f"error: {path}, in the cell that starts with {cell.source[:60]!r}: {shell.exc!r}")
    write_nb(nb, path)
    print("ran", path)


wanted = {"pretrained": "CS231N_SQUEEZENET", "bench": "BENCH"}
flags = {flag for flag in get_config().tst_flags.split() if not os.environ.get(wanted.get(flag, ""))}
given = [Path(p) for p in sys.argv[1:]] or [get_config().nbs_path]
start = Path.cwd()
for path in [n for p in given for n in (sorted(p.rglob("*.ipynb")) if p.is_dir() else [p])]:
    path = path.resolve()
    os.chdir(path.parent)
    run(path, flags)
    os.chdir(start)
