"""Print the built site: dist/pdf/<chapter>.pdf, and dist/pdf/back-to-basics.pdf, the whole book.

    python tools/pdf.py                                    # all of them: two or three minutes
    python tools/pdf.py back-to-basics 06_the_chain_rule   # some
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools import places  # noqa: E402
from tools.printing import pages, press, volume  # noqa: E402

OUT = places.DIST / "pdf"
BOOK = "back-to-basics"
AT_ONCE = 2


def names():
    """The names of all that can be printed."""
    chapters = [name for _, name in pages.contents() if name.startswith("notebooks/")]
    return [BOOK, *(name.removeprefix("notebooks/") for name in chapters)]


def write(name):
    """Print one volume; return what there is to say about it."""
    start = time.monotonic()
    source = pages.FOLDER / f"{name}.html"
    source.write_text(volume.book() if name == BOOK else volume.chapter(f"notebooks/{name}"),
                      encoding="utf-8")
    with press.press() as page:
        press.open_document(page, source)
        pdf = press.printed(page)
    (OUT / f"{name}.pdf").write_bytes(pdf)
    return f"{name}.pdf: {len(pdf) / 1e6:.1f} MB, {time.monotonic() - start:.0f} s"


def main(wanted):
    unknown = set(wanted) - set(names())
    if unknown:
        sys.exit(f"Given {', '.join(unknown)}, wanted some of: {', '.join(names())}")
    places.need_site()
    for folder in OUT, pages.FOLDER:
        folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(AT_ONCE) as presses:  # the book first: it takes the longest
        for said in presses.map(write, wanted or names()):
            print(said, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
