"""Build JupyterLite into the site: the chapters, with a kernel that runs in the reader's browser.

    .venv-lite/bin/python tools/lite.py

Runs in the environment of requirements-lite.txt. `make book` calls it before it builds the pages,
which offer the chapters in the browser when they find JupyterLite beside them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LITE = ROOT / "_build" / "html" / "lite"
CONTENTS = "notebooks", "data", "mnist_core.py"
# The kernel needs these beside Pyodide's own. They lie in the site, in the versions of the page's
# own widgets, so that a new release on PyPI changes nothing in a book that was built before it.
WHEELS = "ipywidgets", "jupyterlab_widgets", "comm"
KEPT = Path(sys.prefix) / "wheels"


def wheel(name):
    """The wheel of a package as it is installed here, fetched if it was never needed before."""
    pattern = f"{name}-{version(name)}-*.whl"
    if not list(KEPT.glob(pattern)):
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        subprocess.run([*pip, "--no-deps", "--dest", KEPT, f"{name}=={version(name)}"], check=True)
    (found,) = KEPT.glob(pattern)
    return found


def stage(folder):
    """Lay out what JupyterLite builds from: its settings, the book as in the repository, wheels."""
    shutil.copytree(ROOT / "lite", folder, dirs_exist_ok=True)
    contents, pypi = folder / "contents", folder / "pypi"
    contents.mkdir()
    pypi.mkdir()
    for name in CONTENTS:
        source, target = ROOT / name, contents / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy2(source, target)
    for chapter in contents.glob("notebooks/*.ipynb"):
        if changed := date(ROOT / chapter.relative_to(contents)):
            os.utime(chapter, (changed, changed))  # own_copy.js tells readers of a newer chapter
    for name in WHEELS:
        shutil.copy2(wheel(name), pypi)


def date(path):
    """Seconds from 1970 to the last commit that changed this path; None where git doesn't know."""
    if shutil.which("git"):
        asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct", "--", str(path)]
        answer = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
        return int(answer) if answer else None
    return None


def main():
    shutil.rmtree(LITE, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        stage(Path(folder))
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", folder,
                   "--output-dir", str(LITE)]
        if latest := date(ROOT):
            command += ["--source-date-epoch", str(latest)]  # no file is younger: equal bytes
        built = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if built.returncode:
        sys.exit(f"JupyterLite was not built:\n{built.stdout}{built.stderr}")
    size = sum(path.stat().st_size for path in LITE.rglob("*") if path.is_file())
    print(f"JupyterLite: {LITE.relative_to(ROOT)}, {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
