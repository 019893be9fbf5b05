"""What moves on the site, standing still: flip-books as small multiples, steppers as questions."""

import base64
import itertools
import json
import math

from bs4 import BeautifulSoup

ALL = 12  # up to so many settings are all shown
MOST = 8  # of more, so many: four rows of two


def multiples(flipbook):
    """A flip-book as a grid of pictures, each with its setting and its caption."""
    data = json.loads(flipbook.select_one(".flipbook-data").string)
    first = flipbook.select_one("img")
    frames = [first["src"], *map(address, data["frames"])]
    sizes = [len(values) for _, values in data["choices"]]
    shown = chosen(sizes, data["start"])
    figures = "".join(
        multiple(frames, first, data["pages"][flat(at, sizes)], setting(data["choices"], at))
        for at in shown)
    return soup(f'<p class="book-lab">{note(len(shown), math.prod(sizes))}</p>'
                f'<div class="book-multiples">{figures}</div>')


def note(shown, all_of_them):
    """How many settings are shown, in a sentence."""
    if shown == all_of_them:
        return f"A lab, with all of its {shown} settings:"
    return f"A lab: {shown} of its {all_of_them} settings. The sliders on the site have the others."


def multiple(frames, first, page, words):
    """One picture of the grid."""
    number, caption, alt = page
    image = soup("<img>").img
    image.attrs = {"src": frames[number], "alt": alt,
                   "width": first["width"], "height": first["height"]}
    text = soup("<figcaption><b></b> <span></span></figcaption>")
    text.b.string, text.span.string = words + ".", caption
    return f"<figure>{image}{text}</figure>"


def setting(choices, at):
    """A setting in words: rate 0.1, batch size 16."""
    words = ", ".join(f"{choice.replace('_', ' ')} {values[i]}"
                      for (choice, values), i in zip(choices, at))
    return words[:1].upper() + words[1:].replace(" -", " \N{MINUS SIGN}")


def address(svg):
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def flat(at, sizes):
    """The number of a setting in the order in which a flip-book keeps them."""
    number = 0
    for i, size in zip(at, sizes):
        number = number * size + i
    return number


def chosen(sizes, start):
    """Which settings are shown: all when few, else evenly over the choices, ends included.

    sizes  how many values each choice has; start  the place of each at the start
    """
    picks = list(sizes)
    while math.prod(sizes) > ALL and math.prod(picks) > MOST:
        largest = max(range(len(picks)), key=lambda i: (picks[i], i))
        picks[largest] -= 1
    return list(itertools.product(*(evenly(n, k, at) for n, k, at in zip(sizes, picks, start))))


def evenly(n, k, at):
    """k of the places 0 to n - 1: evenly from end to end, or the one at the start."""
    return [at] if k == 1 else [round(i * (n - 1) / (k - 1)) for i in range(k)]


def questions(stepper):
    """(what stands in a stepper's place, its answers)."""
    steps = json.loads(stepper.select_one(".stepper-data").string)["steps"]
    if not steps[0]["ask"]:  # the question of an exercise, which the text has asked
        return None, soup(f"<p>{steps[0]['answer']}</p>")
    picture = stepper.select_one("img")
    asked = soup('<div class="book-steps"><ol></ol></div>')
    answers = soup('<ol class="book-steps"></ol>')
    if picture:
        asked.div.insert(0, picture.extract())
    for step in steps:
        item(asked.ol, step["ask"])
        hint = f"{step['hint']} = " if step["hint"] else ""
        item(answers.ol, f"{step['of']} = {hint}{step['answer']}. {step['said']}".strip())
    return asked, answers


def item(parent, words):
    made = soup("<li></li>").li
    made.string = words.replace(" -", " \N{MINUS SIGN}").replace("(-", "(\N{MINUS SIGN}")
    parent.append(made)


def soup(html):
    return BeautifulSoup(html, "html.parser")
