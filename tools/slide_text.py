"""The text of a slide: the parts of a chapter's Markdown, what each claims, and how high it is."""

import re

from tools import rhythm, student

LETTERS = 64  # of text in a line
LINE, CODE_LINE, FORMULA, GAP = 42, 29, 66, 24  # their heights in pixels, and what is between
ROWS = 8  # of a table
CLAIM = 170  # letters that a claim fills before it may end
LINK = re.compile(r"\[([^\]]+)\]\((?:[^()\s]|\([^()]*\))+\)")
LABEL = re.compile(r"\*\*\(\d+\.\d+\) ")


# ---- the parts


def plain(markdown):
    """Markdown without its answers and links: a slide leads nowhere."""
    return LINK.sub(r"\1", re.sub(r"<a [^>]*>(.*?)</a>", r"\1", student.ANSWER.sub("", markdown)))


def blocks(markdown):
    """The paragraphs, predictions, tables, lists and displays; fences and displays stay whole."""
    found, whole = [], False
    for part in re.split(r"\n\s*\n|(?=\*\*Predict)", markdown.strip()):
        if whole:
            found[-1] += f"\n\n{part}"
        elif part.strip():
            found.append(part)
        marks = len(re.findall(r"^\s*(?:```|\$\$)|\$\$\s*$", part, re.M))
        whole ^= marks % 2 == 1
    return found


def claim(paragraph, last=False):
    """The first sentence, or two if they are short; the last one, where it leads to a formula."""
    said = ""
    for sentence in reversed(sentences(paragraph)) if last else sentences(paragraph):
        more = f"{sentence} {said}" if last else f"{said} {sentence}"
        if said and balanced(said) and (last or len(more) > CLAIM):
            break
        said = more.strip()
    return said


def sentences(paragraph):
    """The sentences of a paragraph, each with the marks that close it."""
    text, start, found = " ".join(paragraph.split()), 0, []
    for end in rhythm.SENTENCE_END.finditer(text):
        found.append(text[start:end.end()].strip())
        start = end.end()
    return [*found, text[start:]]


def balanced(text):
    """Whether no formula, piece of code or emphasis is cut in two."""
    return all(text.count(mark) % 2 == 0 for mark in ("$", "`", "**")) and (
        text.count("(") == text.count(")"))


def is_display(block):
    return block.lstrip().startswith("$$") or bool(LABEL.match(block)) and "$$" in block


def items(block):
    """The entries of a list, each cut to its claim; none where the block is no list."""
    found = re.split(r"^(?=(?:\d+\.|[-*]) )", block, flags=re.M)
    return [claim(item) for item in found if item.strip()] if len(found) > 1 else []


def tables(block):
    """The table in pieces of about as many rows, each with its head."""
    head, rule, *rows = block.strip().splitlines()
    size = -(-len(rows) // -(-len(rows) // ROWS))
    return ["\n".join([head, rule, *rows[i:i + size]]) for i in range(0, len(rows), size)]


def joined(parts):
    """The same parts, with the name of a formula before the formula itself."""
    found = []
    for part in parts:
        if found and LABEL.match(found[-1]) and "$$" not in found[-1] and is_display(part):
            found[-1] += f"\n\n{part}"
        else:
            found.append(part)
    return found


def pieces(text, most):
    """The lines in pieces of at most so many, cut at a blank line where one is near."""
    lines, found = text.strip("\n").splitlines(), []
    while len(lines) > most:
        even = -(-len(lines) // -(-len(lines) // most))
        near = sorted(range(2, most + 1), key=lambda i: abs(i - even))
        cut = next((i for i in near if not lines[i].strip() and len(lines) - i > 2), even)
        found.append("\n".join(lines[:cut]))
        lines = "\n".join(lines[cut:]).strip("\n").splitlines()
    return [*found, "\n".join(lines)]


# ---- the room they take


def high(markdown):
    """About how high a piece of Markdown is, in pixels."""
    if markdown.startswith("```"):
        return lines_high(len(markdown.splitlines()) - 2)
    if "$$" in markdown:
        rows = markdown.count(r"\\") + 1 + bool(LABEL.match(markdown))
        return rows * FORMULA + markdown.count(r"\frac") * 12 + GAP
    lines = markdown.splitlines()
    return sum(-(-len(line) // LETTERS) * LINE for line in lines) + GAP


def lines_high(count):
    """How high so many lines of code or output are."""
    return count * CODE_LINE + 2 * GAP
