"""Write the address of the published repository everywhere it stands.

    python tools/set_address.py https://github.com/account/your-book

The old address is the one in _config.yml. Afterwards the chapters' ids no longer fit their setup
cell: run `make execute`.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {".git", ".venv", ".venv-oldest", "_build", "data"}
KINDS = {".py", ".md", ".yml", ".yaml", ".cff", ".toml", ".ipynb", ".html", ".js", ".txt"}


def address(root):
    """The one that holds: repository.url in _config.yml."""
    config = (root / "_config.yml").read_text(encoding="utf-8")
    return re.search(r"^repository:\n\s+url:\s*(\S+)", config, re.MULTILINE)[1]


def text_files(root):
    """The files of the book in which an address can stand."""
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.is_file() and path.suffix in KINDS and not SKIPPED & set(inside.parts):
            yield path


def replace(root, new):
    """Replace the address in every file; return the files that had it."""
    old, changed = address(root), []
    for path in text_files(root):
        text = path.read_text(encoding="utf-8")
        if old in text:
            path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def main(new):
    if not re.fullmatch(r"https://[\w.-]+/[\w.-]+/[\w.-]+", new):
        sys.exit(f"Given {new}, wanted an address like https://github.com/account/your-book")
    for path in replace(ROOT, new.removesuffix(".git")):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
