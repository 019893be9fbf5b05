"""Pictures made of the book's own: the card of each page, and the icons of the site.

A card is what a chat or a forum shows of a link: 1200 by 630 pixels with the title and the page's
first figure, or the network of the welcome page where there is none.
"""

import base64
import io
import textwrap
from html import escape
from pathlib import Path

import matplotlib
import resvg_py
from PIL import Image

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
BOOK = Path(__file__).resolve().parents[1]
PANEL = '<rect x="600" y="48" width="552" height="534" rx="12" fill="#ffffff"/>'
KINDS = {".svg": "svg+xml", ".png": "png"}
COLOURS = 128  # a palette makes a card a quarter as large


def png(svg, **options):
    """SVG text as a picture, with matplotlib's letters: the same on every machine."""
    fonts = [str(FONTS / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
    data = resvg_py.svg_to_bytes(svg_string=svg, dpi=96, skip_system_fonts=True, font_files=fonts,
                                 **options)
    return Image.open(io.BytesIO(bytes(data)))


def image(path, x, y, width, height):
    """An element that shows a picture as large as fits into the box."""
    data = base64.b64encode(path.read_bytes()).decode()
    return (f'<image x="{x}" y="{y}" width="{width}" height="{height}" '
            f'href="data:image/{KINDS[path.suffix]};base64,{data}"/>')


def words(title, letters):
    """The title in bold lines of about so many letters, from the top left."""
    lines = textwrap.wrap(title, letters, break_long_words=False)
    return "".join(f'<text x="56" y="{112 + 60 * i}" font-size="46" font-weight="bold" '
                   f'fill="#ffffff">{escape(line)}</text>' for i, line in enumerate(lines))


def card(title, book, figure):
    """The card of a page as SVG; `figure` is the path of its first figure, or None."""
    template = (BOOK / "_templates" / "card.svg").read_text(encoding="utf-8")
    if figure:
        picture, letters, foot = PANEL + image(figure, 624, 72, 504, 486), 18, 572
    else:
        picture, letters, foot = image(BOOK / "_static" / "network.png", 0, 202, 1200, 428), 36, 46
    return template.format(picture=picture, title=words(title, letters), foot=foot,
                           book=escape(book))


def write_cards(out, pages, where):
    """Draw the card of each page into _static/cards; return {page: its path in the site}."""
    folder, paths = out / "_static" / "cards", {}
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        heading = page.select_one("article h1")
        title = heading.contents[0].strip() if heading else where.title
        figures = page.select("article .cell_output img[src$='.svg']")
        figure = out / "_images" / Path(figures[0]["src"]).name if figures else None
        paths[name] = f"_static/cards/{name.replace('/', '-').removesuffix('.html')}.png"
        book = "" if title == where.title else where.short
        drawn = png(card(title, book, figure)).convert("RGB").quantize(COLOURS, dither=0)
        drawn.save(out / paths[name], optimize=True)
    return paths


def write_icons(out):
    """The icon for browsers that read no SVG, and for the home screen of a telephone."""
    svg = (BOOK / "_static" / "favicon.svg").read_text(encoding="utf-8")
    large = png(svg, width=180, background="#14233c")  # a telephone rounds the corners itself
    large.save(out / "apple-touch-icon.png", optimize=True)
    png(svg).save(out / "favicon.ico", sizes=[(32, 32)])
