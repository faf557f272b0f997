"""Is noticed what has to be noticed? python docs/check_sources.py

Plays a contributor in a small copy of the repository: edits a module by hand, copies a notebook, imports what nothing
brings, forgets the cell for Colab. sources.py must say so, and must not write over anything that only exists there.
"""
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from sources import bring_up_to_date, root, settings

NOTEBOOKS = ("nbs/appendix/checks.ipynb", "nbs/appendix/gradcheck.ipynb", "nbs/appendix/metrics.ipynb")
faults = []


def expect(what, base, changed=(), says=()):
    "One round of `bring_up_to_date`: what it changes and what it says"
    was, complaints = bring_up_to_date(base)
    text = "\n".join(complaints)
    if set(was) != set(changed) or bool(complaints) != bool(says) or not all(s in text for s in says):
        faults.append(f"{what}: changed {was}, said {text!r}; wanted changes in {list(changed)} and {list(says)}")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def small_copy(base):
    lib = settings()["lib_path"]
    for name in ("settings.ini", f"{lib}/__init__.py", *NOTEBOOKS):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, base / name)
    bring_up_to_date(base)
    for args in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "start"]):
        subprocess.run(["git", *args], cwd=base, check=True)
    return base / lib


with tempfile.TemporaryDirectory() as folder:
    base = Path(folder).resolve() / "book"
    lib = small_copy(base)
    checks, notebook, module = "nbs/appendix/checks.ipynb", base / "nbs/appendix/checks.ipynb", f"{lib.name}/checks.py"
    expect("nothing was done", base)

    edit(base / module, "wanted a whole number", "wanted an integer")
    edited = (base / module).read_text(encoding="utf-8")
    expect("a module was edited by hand", base, says=[f"{module} was edited by hand", "+", "wanted an integer", "nbdev_update"])
    if (base / module).read_text(encoding="utf-8") != edited:
        faults.append("the edits by hand were written over")
    edit(notebook, "wanted a number", "wanted some number")
    edit(base / module, "wanted an integer", "wanted an int")  # later than the notebook
    expect("both were edited", base, says=[f"{module} was edited by hand"])
    subprocess.run(["git", "checkout", "-q", module], cwd=base, check=True)
    expect("the notebook alone was edited", base, changed=[module])

    copy = base / "nbs/zh/checks.ipynb"
    copy.parent.mkdir()
    shutil.copyfile(notebook, copy)
    before = (base / module).read_bytes()
    expect("a notebook was copied", base, says=[checks, "nbs/zh/checks.ipynb", "default_exp checks"])
    if (base / module).read_bytes() != before:
        faults.append("a copied notebook became the module's source")
    shutil.rmtree(copy.parent)

    nb = json.loads(notebook.read_text(encoding="utf-8"))
    nb["cells"] = [c for c in nb["cells"] if c["id"] != "colab"]
    nb["cells"].append(dict(cell_type="code", execution_count=None, id="extra", metadata={}, outputs=[], source=["import pandas, captum"]))
    notebook.write_text(json.dumps(nb), encoding="utf-8")
    expect("Colab's cell was forgotten, and imports that need something", base, changed=[checks],
           says=["imports pandas, which no extra", "imports captum", "[peers]"])
    if '"id": "colab"' not in notebook.read_text(encoding="utf-8"):
        faults.append("Colab's cell was not written")

    (lib / "own.py").write_text("x = 1\n", encoding="utf-8")
    expect("a module without a notebook", base, says=["own.py is exported by no notebook"])
print(*faults, sep="\n", end="\n" if faults else "")
print(f"sources: edits by hand, copies, imports and Colab's cell are noticed; {len(faults)} faults")
raise SystemExit(bool(faults))
