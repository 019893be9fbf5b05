"""Pack a folder into a zip whose bytes depend on the files alone."""

import shutil
import zipfile

from tools.places import ROOT

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
STORED = {".gz", ".png", ".zip"}  # compressed already


def empty(folder):
    """Make this folder, or take everything out of it; return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def pack(folder, archive, top):
    """Write all files of the folder into the archive, under `top`, in order and with one date."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = f"{top}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name, DATE)
                entry.external_attr = 0o644 << 16
                small = path.suffix in STORED
                entry.compress_type = zipfile.ZIP_STORED if small else zipfile.ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes())
    print(f"{archive.relative_to(ROOT) if archive.is_relative_to(ROOT) else archive}: "
          f"{archive.stat().st_size / 1e6:.1f} MB")
