"""Which tests belong together, in one process and one after the other."""

from pathlib import PurePosixPath

from site_helpers import ALL_PAGES

LONGEST_FIRST = sorted(ALL_PAGES, key=len, reverse=True)
IN_JUPYTERLAB = "test_jupyterlab", "test_playground"


def group(nodeid):
    """What a test shares with others: JupyterLab, the page that it is given, or its own file."""
    path, _, given = nodeid.partition("[")
    file = PurePosixPath(path.partition("::")[0]).stem
    if file in IN_JUPYTERLAB:
        return "JupyterLab"
    return next((page for page in LONGEST_FIRST if page in given), file)


def by_page(config, log):
    """A scheduler of pytest-xdist that hands out whole groups, the large ones first."""
    from xdist.scheduler import LoadScopeScheduling

    class ByPage(LoadScopeScheduling):
        """Its `loadgroup` reads a mark from the node's id, where pytest 9.2 has none."""

        def _split_scope(self, nodeid):
            return group(nodeid)

    return ByPage(config, log)
