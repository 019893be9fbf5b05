"""Leaves out of each page the scripts of features that this book doesn't use.

sphinx-thebe (live cells through a far server) writes its settings twice into every page, so that
each load ends in "Identifier 'THEBE_JS_URL' has already been declared".
"""


def without_thebe(app, pagename, templatename, context, doctree):
    """Drop sphinx-thebe's scripts and style from the page that is about to be written."""
    context["script_files"] = [
        script
        for script in context["script_files"]
        if "thebe" not in f"{script.filename} {script.attributes.get('body')}"
    ]
    context["css_files"] = [css for css in context["css_files"] if "thebe" not in str(css.filename)]


def setup(app):
    app.connect("html-page-context", without_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
