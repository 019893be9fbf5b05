"""Mends what the theme and its companions put into every page.

- sphinx-thebe (live cells through a far server), which this book doesn't use, writes its settings
  twice, so that each load ends in "Identifier 'THEBE_JS_URL' has already been declared".
- The empty corner of a table is a header cell that heads nothing, and screen readers announce it.
"""

EMPTY_CORNER = '<th class="head"><p></p></th>'


def mend(app, pagename, templatename, context, doctree):
    """Change the page that is about to be written."""
    context["script_files"] = [
        script
        for script in context["script_files"]
        if "thebe" not in f"{script.filename} {script.attributes.get('body')}"
    ]
    context["css_files"] = [css for css in context["css_files"] if "thebe" not in str(css.filename)]
    if "body" in context:
        context["body"] = context["body"].replace(EMPTY_CORNER, '<td class="head"></td>')


def setup(app):
    app.connect("html-page-context", mend, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
