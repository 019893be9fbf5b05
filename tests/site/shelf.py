"""Pages that are open already, for the tests that follow on the same page."""

from dataclasses import dataclass

from playwright.sync_api import Page
from site_helpers import ASK, open_page


@dataclass
class Opened:
    """An open page, where it was opened, how it looked then, and what went wrong on it since."""

    key: tuple
    page: Page
    noted: dict
    look: str

    def untouched(self):
        """Whether nothing went wrong on it, and nobody can see that a test has used it."""
        return not any(self.noted.values()) and self.page.evaluate(ASK["look"]) == self.look


class Shelf:
    """Holds the last page of each colour scheme, as long as no test has left a trace on it."""

    def __init__(self, contexts, base):
        self.contexts, self.base, self.kept = contexts, base, {}

    def take(self, name, query="", scheme="light"):
        """The page, from the shelf or opened afresh."""
        kept = self.kept.pop(scheme, None)
        if kept and kept.key == (name, query, scheme) and kept.untouched():  # no late timer either
            return kept
        if kept:
            kept.page.close()
        page, noted = open_page(self.contexts[scheme], self.base, name, query)
        return Opened((name, query, scheme), page, noted, page.evaluate(ASK["look"]))

    def give_back(self, one):
        """Keep the page for the next test if nobody can see that this one used it."""
        scheme = one.key[-1]
        if scheme not in self.kept and one.untouched():
            self.kept[scheme] = one
        else:
            one.page.close()
