"""Say in one sentence what this machine still lacks. Runs on any Python, old ones too.

    python3 tools/doctor.py python    # a Python new enough, that can make virtual environments
    python3 tools/doctor.py browser   # a browser for the tests: found, or installed where we may
    python3 tools/doctor.py npm       # npm, with which the tests fetch Pyodide: likewise
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
PACKAGES = "chromium-headless-shell", "chromium"  # Debian's; the first is quicker
BROWSERS = PACKAGES + (
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def check_python():
    if sys.version_info[:2] < OLDEST:
        sys.exit(
            "This book needs Python 3.11 or newer, and %s is %d.%d: install a newer one "
            "and name it, as in `make serve PYTHON=python3.12`."
            % ((sys.executable,) + sys.version_info[:2])
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        sys.exit(
            "Python's venv module is missing: install it (Debian, Ubuntu: apt-get install "
            "python%d.%d-venv) and run the command again." % sys.version_info[:2]
        )


def find_browser():
    """The path of a Chromium, Chrome or Edge; None if there is none. BROWSER_PATH names another."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    for name in (os.environ.get("BROWSER_PATH"),) + BROWSERS:
        for path in [os.path.join(folder, name) for folder in folders] if name else []:
            if os.access(path, os.X_OK) and os.path.isfile(path):
                return path
    return None


def install(package):
    """Install a package of Debian's if apt-get is here and we may use it."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sudo = [] if root else ["sudo", "-n"]  # -n: never ask for a password
    try:
        for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
            environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
            subprocess.check_call(sudo + environment + ["apt-get", "-qq"] + command)
    except (OSError, subprocess.CalledProcessError):
        pass  # then it is still not found, and the reader is asked


def check_browser():
    if not find_browser():
        print("No browser for the tests yet: trying to install Debian's chromium.")
        sys.stdout.flush()
    for package in PACKAGES:
        if not find_browser():
            install(package)
    if not find_browser():
        sys.exit(
            "The tests need a browser: install Chromium, Chrome or Edge (Debian: apt-get install "
            "chromium), or set BROWSER_PATH to the one you have, and run the command again."
        )


def check_npm():
    if not shutil.which("npm"):
        print("No npm for the tests yet: trying to install Debian's.")
        sys.stdout.flush()
        install("npm")
    if not shutil.which("npm"):
        sys.exit(
            "The tests of JupyterLite fetch Pyodide with npm: install Node.js, which brings it "
            "(Debian: apt-get install npm), and run the command again."
        )


if __name__ == "__main__":
    {"python": check_python, "browser": check_browser, "npm": check_npm}[sys.argv[1]]()
