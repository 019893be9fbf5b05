"""The built site on paper: each chapter, and the whole book, as a PDF.

pages.py     reads the built pages, in the order of the contents
paper.py     takes from a page what only a screen needs, and moves what is folded to the end
labs.py      what moves, standing still: flip-books as small multiples, steppers as questions
links.py     keeps ids apart and links whole when pages become one document
volume.py    puts pages together into that document, with cover and contents
press.py     prints a document with a browser, page numbers and all
"""
