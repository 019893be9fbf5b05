"""What the long sweeps found: files written by tools/sweep.py, read by the chapters."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def _read(name):
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        there = sorted(path.stem for path in FOLDER.glob("*.json"))
        raise ValueError(f"results: given {name!r}, wanted one of {there}")
    return json.loads(path.read_text(encoding="utf-8"))


def load(name):
    """Return the runs of a sweep, each as one dict: its setting and what it found."""
    return [run["setting"] | run["found"] for run in _read(name)["runs"]]


def about(name):
    """Return in one line how many runs there are, how long they took, and where they were made."""
    file = _read(name)
    seconds = sum(run["seconds"] for run in file["runs"])
    return (f"{len(file['runs'])} runs, {seconds:,.0f} s of one core, "
            f"{', '.join(file['made_with'])}")
