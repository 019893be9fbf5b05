"""Where the chapters, the built site and what is made of them lie, and how a tool writes a file."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
DIST = ROOT / "dist"  # what is made to be taken away


def chapters(root=ROOT):
    """The paths of the chapters, in reading order."""
    return sorted((root / "notebooks").glob("*.ipynb"))


def need_site():
    """Stop with a sentence that says what to do if the site is not built yet."""
    if not (SITE / "index.html").exists():
        sys.exit("The site is not built yet: run make book.")


def write(path, text):
    """Write a text, the same bytes on every system, into a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_rows(path, data, key):
    """Write a dict as JSON, the list under `key` at its end and an entry of it a line."""
    rows = ",\n".join(json.dumps(row) for row in data[key])
    head = json.dumps({name: value for name, value in data.items() if name != key}, indent=1)
    write(path, f'{head[:-2]},\n "{key}": [\n{rows}\n]}}\n')
