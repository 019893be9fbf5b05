"""Carry the title, the author and the address of this copy from _config.yml to all other places.

    make address                                            # after an edit of _config.yml
    make address TO=https://github.com/account/your-book    # writes that address there first

The old address is the one in CITATION.cff, where the last run put it.
"""

import os
import re
import sys
from pathlib import Path
from urllib.parse import quote

import yaml

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {".git", "_build", "dist", "data", "mathjax", "__pycache__"}
KINDS = {".py", ".md", ".yml", ".yaml", ".cff", ".toml", ".ipynb", ".html", ".js", ".json", ".txt"}
ADDRESS = re.compile(r"https://[\w.-]+/[\w.-]+/[\w.-]+")
END = r"(?![\w-]|\.(?!git\b)\w)"  # a longer name is another one
CLONED = r'\bcd |-r |\(s / "|tree/|tree%2F|softmax/'  # what stands before the folder of a clone
# Where title and author stand. In each expression the one group is what is written anew. The
# licences are not among them: their notices stay as they are in every copy.
PLACES = {
    "title": [("README.md", r"\A# (.+)"), ("book/intro.md", r"\A# (.+)"),
              ("CITATION.cff", r'(?m)^title: "(.+)"'), ("book/cite.md", r"title += \{(.+)\},")],
    "short": [(f"tools/{pack}_readme.md", r"\A# (.+): the notebooks")
              for pack in ("student", "offline")]
    + [(".devcontainer/devcontainer.json", r'"name": "(.+?)"')],
    "author": [("CITATION.cff", r'(?m)^  - name: "(.+)"'),
               ("book/cite.md", r"author += \{\{(.+)\}\}")],
}


def read(path):
    return path.read_text(encoding="utf-8")


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="\n")


def settings(root):
    """What _config.yml says: title, the short one up to its colon, author, rights and address."""
    config = parsed(read(root / "_config.yml"))
    for key in "title", "author":
        value = config.get(key)
        if not isinstance(value, str) or not value.strip() or set(value) & set('"{}\\\n'):
            raise ValueError(f"_config.yml gives the {key} {value!r}, wanted one line of text "
                             'without ", \\, { or }')
    repository = config.get("repository") or {}
    return {"title": config["title"], "short": config["title"].partition(":")[0],
            "author": config["author"], "copyright": str(config.get("copyright", "")),
            "address": checked(repository.get("url"))}


def parsed(text):
    """The settings in this text; ValueError if it isn't YAML."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"_config.yml can't be read: {error}\nWanted one value to a line, in "
                         "quotation marks if a colon stands in it") from None


def checked(address):
    """The address without its last slash or .git; ValueError if it isn't one of a repository."""
    plain = str(address).removesuffix("/").removesuffix(".git")
    if not ADDRESS.fullmatch(plain):
        raise ValueError(f"Given {address}, wanted an address like "
                         "https://github.com/account/your-book")
    return plain


def address(root):
    """The address of the repository, as in _config.yml."""
    return settings(root)["address"]


def folder(address):
    """The folder that `git clone` makes."""
    return address.rsplit("/", 1)[1]


def text_files(root):
    """The files of the book in which an address can stand."""
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(f for f in set(inner) - SKIPPED if not f.startswith(".venv"))
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix in KINDS)


def set_config(root, new):
    """Write the address into _config.yml."""
    path = root / "_config.yml"
    write(path, re.sub(r"(?m)^(repository:\n\s+url:\s*)\S+", rf"\g<1>{checked(new)}", read(path)))


def moved(text, old, new):
    """The text with the new address, as a link to Binder or a hub has it too, and its folder."""
    pair, new_pair = ("/".join(url.rsplit("/", 2)[1:]) for url in (old, new))
    for before, after in ((old, new), (pair, new_pair)):
        for spell in str, lambda part: quote(part, safe=""):
            text = re.sub(rf"(?<![\w-]){re.escape(spell(before))}{END}", spell(after), text)
    return re.sub(rf"({CLONED}){re.escape(folder(old))}{END}", rf"\g<1>{folder(new)}", text)


def named(text, path, root, found):
    """The text of a file with the title and the author in their places."""
    for key, places in PLACES.items():
        for name, expression in places:
            if path == root / name:
                match = re.search(expression, text)
                if not match:
                    raise ValueError(f"{name} has no place for the {key}: wanted {expression}")
                text = text[:match.start(1)] + found[key] + text[match.end(1):]
    return text


def carry(root):
    """Write title, author and address wherever they stand; return the files that changed."""
    found, changed = settings(root), {}
    old = yaml.safe_load(read(root / "CITATION.cff"))["repository-code"]
    for path in text_files(root):
        text = read(path)
        new = named(moved(text, old, found["address"]), path, root, found)
        if new != text:
            changed[path] = new
    for path, text in changed.items():
        write(path, text)
    return list(changed)


def main(arguments):
    if len(arguments) > 1:
        sys.exit(__doc__)
    try:
        for new in arguments:
            set_config(ROOT, new)
        for path in carry(ROOT):
            print(path.relative_to(ROOT))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
