"""Does what is released work? python docs/check_dist.py [--fresh]

Builds an sdist and a wheel, installs each in an environment that holds nothing but what settings.ini asks for (no
development package), and there imports every module, runs the first example of README.md, which must print what
README.md shows, and a few commands. Its packages are shared with this environment, which takes seconds; with --fresh
pip installs them anew, which takes as long as a first installation does.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from sources import root, settings

ABSENT = ("nbdev", "captum", "pycocoevalcap", "sphinx")  # development packages that must not be there
IMPORT_ALL = """
import importlib, importlib.util, pkgutil, {lib}
missing = [m for m in {absent} if importlib.util.find_spec(m)]
assert not missing, f"the environment is not empty: {{missing}}"
assert {lib}.__file__.startswith({home!r}), {lib}.__file__
names = [m.name for m in pkgutil.walk_packages({lib}.__path__, "{lib}.")]
for name in names:
    importlib.import_module(name)
print(len(names), "modules")
"""


def example(text):
    "README's first example: extras of the install line above it, code, and what it prints"
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, flags=re.M | re.S)
    first = next(i for i, (kind, _) in enumerate(blocks) if kind == "python")
    shown = next(i for i, (kind, _) in enumerate(blocks) if i > first and kind == "text")
    lines = [line for kind, b in blocks[:first] if kind == "bash" for line in b.splitlines() if "pip install" in line]
    if not lines:
        sys.exit("error: README.md has no line with `pip install` above its first example")
    extras = re.search(r"\[([\w,]+)\]", lines[0])
    return extras[1].split(",") if extras else [], "\n".join(b for kind, b in blocks[first:shown] if kind == "python"), blocks[shown][1]


def same(printed, shown):
    "Equal, but for the last digits of numbers, which differ from machine to machine"
    number = re.compile(r"-?\d+\.\d+")
    if number.sub("#", printed).split() != number.sub("#", shown).split():
        return False
    return all(abs(float(a) - float(b)) <= 2e-3 * max(abs(float(a)), abs(float(b)))
               for a, b in zip(number.findall(printed), number.findall(shown), strict=True))


def wanted(requirements, found=None):
    "The distributions that requirements lead to, as this environment has them"
    found = {} if found is None else found
    for text in requirements:
        name, extras, marker = re.match(r"([\w.-]+)\s*(?:\[([\w,-]+)\])?[^;]*(?:;\s*(.*))?$", text).groups()
        if marker and not holds(marker):
            continue
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key not in found:
            try:
                found[key] = distribution(name)
            except PackageNotFoundError:
                sys.exit(f"error: {name} is not installed here; `make dist-check` sets up what it needs")
            wanted(found[key].requires or [], found)
        if extras:
            rest = [r for r in found[key].requires or [] for e in extras.split(",") if re.search(rf"extra\s*==\s*['\"]{e}['\"]", r)]
            wanted([re.split(r"\s*;", r)[0] for r in rest], found)
    return found


def holds(marker):
    from packaging.markers import Marker
    return Marker(marker).evaluate({"extra": ""})


def share(requirements, site):
    "Link the packages that requirements lead to into another environment"
    for dist in wanted(requirements).values():
        base = Path(dist.locate_file(""))
        for top in {f.parts[0] for f in dist.files or [] if f.parts[0] not in ("..", "__pycache__")}:
            if not (site / top).exists() and (base / top).exists():
                (site / top).symlink_to((base / top).resolve())


def run(*args, **kwargs):
    "Run a command and give what it prints; show all of it where it fails"
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, **kwargs)
    if done.returncode:
        sys.exit(f"error: {' '.join(map(str, args))[:200]}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(archive, folder, requirements, code, shown, fresh):
    "Install an archive in an empty environment, and use it there"
    home = folder / ("env-" + archive.suffix.strip("."))
    venv.create(home, with_pip=True)
    bin_ = home / ("Scripts" if os.name == "nt" else "bin")
    site = Path(run(bin_ / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    if not fresh:
        share(requirements, site)
    extras = f"[{','.join(EXTRAS)}]" if EXTRAS else ""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "CS231N", "VIRTUAL_ENV"))} | {"MPLBACKEND": "agg"}
    env.setdefault("OMP_NUM_THREADS", "1")
    run(bin_ / "python", "-m", "pip", "install", "--quiet", *([] if fresh else ["--no-deps"]), f"{archive}{extras}", env=env)
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    here = dict(cwd=empty, env=env)
    lib, version = cfg["lib_name"], cfg["version"]
    modules = run(bin_ / "python", "-c", IMPORT_ALL.format(lib=lib, absent=ABSENT, home=str(home.resolve())), **here).strip()
    printed = run(bin_ / "python", "-c", code, **here)
    if not same(printed, shown):
        sys.exit(f"error: README.md's first example prints\n{printed}and README.md shows\n{shown}")
    told = run(bin_ / "cs231n", "--version", **here).strip()
    if told != f"{lib} {version}":
        sys.exit(f"error: cs231n --version says {told!r}")
    run(bin_ / "cs231n", "demo", "-o", folder / f"demo-{home.name}", "--train", 60, "--val", 20, "--epochs", 1, **here)
    if not (folder / f"demo-{home.name}" / "index.html").is_file():
        sys.exit("error: cs231n demo left no page")
    print(f"{archive.name}: installed, {modules}, README's first example as printed, cs231n --version, cs231n demo")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fresh", action="store_true", help="let pip install every package anew")
    fresh, cfg = parser.parse_args().fresh, settings()
    EXTRAS, code, shown = example((root / "README.md").read_text(encoding="utf-8"))
    requirements = [r for key in ["", *(f"{e}_" for e in EXTRAS)] for r in cfg[f"{key}requirements"].split()]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder).resolve()
        run(sys.executable, "-m", "build", "--outdir", folder / "dist", root)  # the wheel is made from the sdist
        for archive in sorted((folder / "dist").iterdir()):
            check(archive, folder, requirements, code, shown, fresh)
