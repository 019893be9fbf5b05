"""A stand-in for the network from which the browser's kernel gets Pyodide and its packages.

Pyodide itself comes from npm and its pure packages from PyPI, both in the versions that the built
kernel asks for; they are kept in .venv-lite. NumPy, matplotlib and the compiled packages under them
are published nowhere but on the kernel's own host. In their place stands a package that accepts
everything and computes nothing, so that a notebook gets as far as it can without arithmetic.
"""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile

from site_helpers import ROOT

from tools.doctor import check_npm

KEPT = ROOT / ".venv-lite" / "pyodide"
NEEDED = "micropip", "ipython", "jedi", "matplotlib", "numpy"
SCHEMA = "extensions/@jupyterlite/pyodide-kernel-extension/static/schema/kernel.v0.schema.json"
STAND_IN = '''
import sys
from importlib.machinery import ModuleSpec
from unittest.mock import MagicMock

class Anything(MagicMock):
    __name__, __path__, __version_info__ = "anything", [], (9, 9)

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == __name__:
            return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return Anything()

    def exec_module(self, module):
        pass

sys.meta_path.insert(0, Finder())
sys.modules[__name__] = Anything(__spec__=__spec__)
'''


def address(lite):
    """Where the kernel of this built JupyterLite finds Pyodide: a folder, with its slash."""
    settings = json.loads((lite / SCHEMA).read_text(encoding="utf-8"))
    return settings["properties"]["pyodideUrl"]["default"].removesuffix("pyodide.mjs")


def files(lite):
    """{name: bytes} of what lies in that folder, and the names of those that are stand-ins."""
    version = re.search(r"/v([\d.]+)/", address(lite))[1]
    served = npm_package(version)
    lock = json.loads(served["pyodide-lock.json"])
    packages = {name: lock["packages"][name] for name in closure(lock, NEEDED)}
    pure = [about for about in packages.values() if about["file_name"].endswith("none-any.whl")]
    served |= pypi_wheels(KEPT / f"wheels-{version}", pure, lock["info"]["python"])
    stand_ins = {about["file_name"]: stand_in(about) for about in packages.values()
                 if about not in pure}
    served |= stand_ins
    for about in packages.values():  # PyPI's files are other bytes than those of the same version
        about["sha256"] = hashlib.sha256(served[about["file_name"]]).hexdigest()
    served["pyodide-lock.json"] = json.dumps(lock).encode()
    return served, set(stand_ins)


def npm_package(version):
    archive = KEPT / f"pyodide-{version}.tgz"
    if not archive.exists():
        check_npm()
        KEPT.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", f"pyodide@{version}"], cwd=KEPT, check=True)
    with tarfile.open(archive) as packed:
        return {member.name.removeprefix("package/"): packed.extractfile(member).read()
                for member in packed.getmembers() if member.isfile()}


def closure(lock, names):
    """These packages and all that they need, by the names of the lock."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [need.replace("_", "-") for need in lock["packages"][name]["depends"]]
    return found


def pypi_wheels(folder, packages, python):
    """{name: bytes} of the wheels of these packages, fetched at the first time."""
    if not all((folder / about["file_name"]).exists() for about in packages):
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download",
                   "--quiet", "--no-deps", "--only-binary=:all:", "--platform=any",
                   f"--python-version={python}", f"--dest={folder}"]
        subprocess.run([*command, *(f"{p['name']}=={p['version']}" for p in packages)], check=True)
    return {about["file_name"]: (folder / about["file_name"]).read_bytes() for about in packages}


def stand_in(about):
    """The bytes of a wheel with this package's name and version, and nothing real in it."""
    name, version = about["file_name"].split("-")[:2]
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for module in about["imports"]:
            packed.writestr(f"{module}/__init__.py", STAND_IN)
        packed.writestr(f"{name}-{version}.dist-info/METADATA", metadata)
        packed.writestr(f"{name}-{version}.dist-info/WHEEL", wheel)
        packed.writestr(f"{name}-{version}.dist-info/RECORD", "")
    return made.getvalue()
