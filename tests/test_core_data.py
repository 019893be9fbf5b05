"""Reading MNIST: whole files, and every way in which a file is found not to be one."""

import gzip
import os
import socket
import subprocess
import sys
import tracemalloc

import core_helpers
import numpy as np
import pytest
from core_helpers import DATA, FILES, SOURCE, idx_bytes, written

import mnist_core as core

DIGITS = (np.arange(60) * 4 + 1).astype(np.uint8).reshape(3, 4, 5)
RAW = idx_bytes(DIGITS)
ZIPPED = gzip.compress(RAW, mtime=0)


@pytest.fixture(autouse=True)
def files_go_here(tmp_path, monkeypatch):
    monkeypatch.setattr(core_helpers.written, "folder", tmp_path)


def refused(data, name="digits.gz"):
    """The message of the ValueError about these bytes, which must name their file."""
    path = written(data, name)
    with pytest.raises(ValueError) as caught:
        core.read_idx(path)
    assert str(path) in str(caught.value)
    assert "given" in str(caught.value) and "wanted" in str(caught.value)
    return str(caught.value)


# ---- read_idx ------------------------------------------------------------------------------------

def test_read_idx_returns_what_an_independent_writer_wrote():
    core_helpers.check_read_idx(core)


@pytest.mark.parametrize("data", [RAW, ZIPPED], ids=["raw", "gzip"])
@pytest.mark.parametrize("name", ["digits", "digits.gz", "digits.idx3-ubyte", "ten digits.tar.gz"])
def test_b045_the_bytes_tell_gzip_from_raw_and_not_the_name(data, name):
    """https://github.com/hanbt/learn_dl/issues/52"""
    path = written(data, name)
    assert (core.read_idx(path) == DIGITS).all()
    assert (core.read_idx(str(path)) == DIGITS).all()


@pytest.mark.parametrize("length", [2, 3, 9, 10, 11, 18, len(ZIPPED) // 2, -9, -8, -5, -1])
def test_b043_a_gzip_file_cut_short(length):
    """https://github.com/datapythonista/mnist/issues/17"""
    refused(ZIPPED[:length])


def test_b043_two_hundred_bytes_short_of_the_real_file():
    whole = (DATA / "t10k-labels-idx1-ubyte.gz").read_bytes()
    assert core.read_idx(written(whole)).shape == (10_000,)
    assert "short" in refused(whole[:-200])


@pytest.mark.parametrize("place", [-8, -5, -4, -1, 12, 20, len(ZIPPED) // 2, -10])
@pytest.mark.parametrize("bit", [1, 128])
def test_b043_a_flipped_bit_in_the_body_the_checksum_or_the_size(place, bit):
    damaged = bytearray(ZIPPED)
    damaged[place] ^= bit
    refused(bytes(damaged))


def test_every_single_damaged_byte_is_noticed_or_harmless():
    """Gzip's header holds a date, a name, a system that nobody reads; all else must be whole."""
    for place in range(len(ZIPPED)):
        damaged = bytearray(ZIPPED)
        damaged[place] ^= 0xFF
        try:
            given = core.read_idx(written(bytes(damaged)))
        except ValueError as error:
            assert "digits" in str(error)
        else:
            assert place < 10 and (given == DIGITS).all()


@pytest.mark.parametrize("length", [*range(len(RAW) - 60 + 1), len(RAW) - 1])
def test_b043_a_raw_file_cut_short_anywhere(length):
    refused(RAW[:length])


def test_b043_the_message_says_how_many_bytes_were_found_and_expected():
    message = refused(RAW[:-7])
    assert str(len(RAW)) in message and str(len(RAW) - 7) in message and "(3, 4, 5)" in message


@pytest.mark.parametrize("more", [b"x", b"\n", RAW, ZIPPED],
                         ids=["byte", "newline", "raw again", "gzip again"])
@pytest.mark.parametrize("data", [RAW, ZIPPED, gzip.compress(RAW + b"\0")],
                         ids=["raw", "gzip", "inside"])
def test_b043_trailing_bytes(data, more):
    refused(data + more)


@pytest.mark.parametrize("more", [b"\0", b"\0" * 512])
def test_b131_zeros_after_a_gzip_file_are_padding_and_after_a_raw_one_are_not(more):
    assert (core.read_idx(written(ZIPPED + more)) == DIGITS).all()
    refused(RAW + more)
    refused(gzip.compress(RAW + b"\0") + more)


@pytest.mark.parametrize("cuts", [(7,), (1, 16, 17), range(1, len(RAW))])
def test_b131_a_gzip_file_of_several_members(cuts):
    """As `cat a.gz b.gz`, bgzip and parallel compressors write them."""
    ends = [0, *cuts, len(RAW)]
    members = [gzip.compress(RAW[a:b]) for a, b in zip(ends, ends[1:])]
    assert (core.read_idx(written(b"".join(members))) == DIGITS).all()
    refused(b"".join(members[:-1]))


def test_one_byte_too_many_inside_the_gzip():
    refused(gzip.compress(RAW + b"\0"))


def test_b047_a_git_lfs_pointer_is_shown():
    """https://github.com/open-reaction-database/ord-data/issues/162"""
    pointer = (b"version https://git-lfs.github.com/spec/v1\n"
               b"oid sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609\n"
               b"size 9912422\n")
    assert "Git LFS pointer" in refused(pointer)


@pytest.mark.parametrize("data, shown", [
    (b"<!DOCTYPE html>\n<html><head><title>403 Forbidden</title>", "a web page"),
    (b"\n<html>", "a web page"),
    (b"", "0 bytes, wanted IDX of unsigned bytes"),
    (b"\0", ""), (b"\0\0", ""), (b"\0\0\x08", ""), (b"\x1f", ""),
    (b"PK\x03\x04" + bytes(60), "a zip file"),
    (b"\x89PNG\r\n\x1a\n" + bytes(60), "neither gzip nor IDX"),
    (b"\xfd7zXZ\0" + bytes(60), "an xz file"),
    (bytes(100), ""),
    (b"\0\0\x09" + RAW[3:], "signed bytes"),
    (b"\0\0\x0b" + RAW[3:], "16-bit integers"),
    (b"\0\0\x0c" + RAW[3:], "32-bit integers"),
    (b"\0\0\x0d" + RAW[3:], "floats"),
    (b"\0\0\x0e" + RAW[3:], "doubles"),
    (b"\0\0\x0a" + RAW[3:], "unknown"),
    (b"\0\1\x08" + RAW[3:], ""),
    (b"\1\0\x08" + RAW[3:], ""),
    (RAW[::-1], ""),
    (b"\0\0\x08\x03" + np.array([3, 4, 5], "<u4").tobytes() + RAW[16:], ""),  # sizes back to front
    (b"\0\0\x08\x02" + RAW[4:], ""),                # one axis too few
    (b"\0\0\x08\x04" + RAW[4:], ""),                # one too many
    (b"\0\0\x08\0x", ""),                           # none
    (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"x", ""),                      # more than NumPy has
    (b"\0\0\x08\x04" + b"\0\0\0\0" + b"\xff" * 12, ""),                    # 0 x 4 billion ...
    (b"\0\0\x08\x04" + b"\xff" * 16, ""),
], ids=["html", "newline html", "empty", "1 zero", "2 zeros", "3 bytes", "half a mark", "zip",
        "png", "xz", "zeros", "int8", "int16", "int32", "floats", "doubles", "type 10", "0 1 8",
        "1 0 8", "backwards", "little endian", "2 axes", "4 axes", "0 axes", "255 axes", "0 x huge",
        "huge"])
def test_b130_b142_what_is_not_idx_is_named_and_refused(data, shown):
    message = refused(data)
    assert shown in message and "\\x" not in message, "no raw bytes"
    assert shown in refused(gzip.compress(data))


def test_b130_gzip_within_gzip_is_named():
    assert "gzip in gzip" in refused(gzip.compress(ZIPPED))


def test_b142_an_axis_of_zero_is_named():
    header = b"\0\0\x08\x02" + np.array([0, 5], ">u4").tobytes()
    assert "(0, 5)" in refused(header)


def test_b132_a_folder_is_told_from_a_file(tmp_path):
    with pytest.raises(ValueError, match="given a folder, wanted a file"):
        core.read_idx(tmp_path)


def test_a_missing_file_is_named():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        core.read_idx("nowhere")


# ---- load_mnist ----------------------------------------------------------------------------------

@pytest.fixture
def folder(tmp_path):
    """A folder that holds the real files, by links."""
    for name in FILES:
        os.symlink(DATA / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def blank_images(monkeypatch):
    """For tests of the label files: inflating the real images would take most of their time."""
    read_idx = core.read_idx
    blank = FILES[0], FILES[2]
    monkeypatch.setattr(core, "read_idx", lambda path, wanted: (
        np.zeros(wanted, np.uint8) if path.name in blank else read_idx(path, wanted)))


def replace(folder, name, data):
    (folder / name).unlink()
    (folder / name).write_bytes(data)


def test_b041_b049_mnist_whole_without_the_network(monkeypatch):
    """https://github.com/oreilly-japan/deep-learning-from-scratch/issues/81
    and https://github.com/sightmachine/SimpleCV/issues/354"""
    def blocked(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", blocked)
    monkeypatch.setattr(socket, "create_connection", blocked)
    core_helpers.check_data_sets(core)


def test_raw_files_beside_and_instead_of_gzipped_ones(folder):
    for name in FILES:
        (folder / name).unlink()
        (folder / name.removesuffix(".gz")).write_bytes(gzip.decompress((DATA / name).read_bytes()))
    arrays = core.load_mnist(str(folder))
    assert arrays[2].shape == (10_000, 784) and arrays[3][:3].tolist() == [7, 2, 1]
    for array in arrays:
        assert array.flags.writeable and array.flags.c_contiguous
        assert not any(np.shares_memory(array, other) for other in arrays if other is not array)


@pytest.mark.parametrize("name, other", [
    (FILES[0], FILES[1]),   # labels under the name of the images
    (FILES[0], FILES[2]),   # the test images under the name of the training images
])
def test_a_mislabelled_file(folder, name, other):
    (folder / name).unlink()
    os.symlink(DATA / other, folder / name)
    with pytest.raises(ValueError) as caught:
        core.load_mnist(folder)
    message = str(caught.value)
    assert str(folder / name) in message and "(60000, 28, 28)" in message and "given (" in message


@pytest.mark.parametrize("other", [FILES[2], FILES[3]], ids=["images", "test labels"])
def test_a_mislabelled_file_of_labels(folder, blank_images, other):
    (folder / FILES[1]).unlink()
    os.symlink(DATA / other, folder / FILES[1])
    with pytest.raises(ValueError, match=r"given \(10000,.*wanted \(60000,\)") as caught:
        core.load_mnist(folder)
    assert str(folder / FILES[1]) in str(caught.value)


@pytest.mark.parametrize("label", [10, 255])
def test_labels_above_nine_and_the_name_of_their_file(label, folder, blank_images):
    labels = gzip.decompress((DATA / FILES[1]).read_bytes())
    replace(folder, FILES[1], labels[:-1] + bytes([label]))
    with pytest.raises(ValueError, match=f"given.*{label}.*wanted.*9") as caught:
        core.load_mnist(folder)
    assert str(folder / FILES[1]) in str(caught.value)


def test_a_damaged_file_among_four_is_named(folder, blank_images):
    replace(folder, FILES[1], (DATA / FILES[1]).read_bytes()[:-200])
    with pytest.raises(ValueError) as caught:
        core.load_mnist(folder)
    assert str(folder / FILES[1]) in str(caught.value)


def test_an_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="train-images-idx3-ubyte"):
        core.load_mnist(tmp_path)


def test_b142_the_message_says_which_names_were_tried_and_what_the_folder_holds(tmp_path):
    (tmp_path / "train-images.zip").write_bytes(b"PK")
    with pytest.raises(ValueError) as caught:
        core.load_mnist(tmp_path)
    given, wanted = str(caught.value).split("wanted")
    assert "train-images.zip" in given
    assert "train-images-idx3-ubyte.gz" in wanted and "train-images.idx3-ubyte" in wanted


@pytest.mark.parametrize("renamed", [
    lambda stem: f"{stem.replace('-idx', '.idx')}.gz",
    lambda stem: stem.replace("-idx", ".idx"),
    lambda stem: f"{stem}/{stem}",
], ids=["a dot, gzipped", "a dot", "a folder of its own name"])
def test_b132_b142_names_that_programs_which_unpack_give(renamed, tmp_path, blank_images):
    for name in FILES[1], FILES[3]:
        path = tmp_path / renamed(name.removesuffix(".gz"))
        path.parent.mkdir(exist_ok=True)
        os.symlink(DATA / name, path)
    for name in FILES[0], FILES[2]:
        os.symlink(DATA / name, tmp_path / name)
    assert core.load_mnist(tmp_path)[3][:3].tolist() == [7, 2, 1]


def test_b132_a_folder_beside_the_good_file_is_passed_over(folder, blank_images):
    (folder / FILES[1].removesuffix(".gz")).mkdir()
    assert core.load_mnist(folder)[1][:3].tolist() == [5, 0, 4]


def test_b051_loading_allocates_less_than_300_mb():
    """https://github.com/tensorflow/tensorflow/issues/657"""
    tracemalloc.start()
    try:
        core.load_mnist()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 300e6, f"{peak / 1e6:.0f} MB"


LOAD = """
import time, zlib
import mnist_core

def bare():
    for path in sorted(mnist_core.DATA.glob("*.gz")):
        zlib.decompress(path.read_bytes(), wbits=31)

def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

pairs = [(seconds(bare), seconds(mnist_core.load_mnist)) for _ in range(5)]
status = open("/proc/self/status").read()
print(min(a for a, _ in pairs), min(b for _, b in pairs), status.split("VmHWM:")[1].split()[0])
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads the peak from /proc")
def test_b051_a_whole_process_that_loads_stays_under_450_mb_and_hardly_waits():
    """The time is held against bare inflation of the same bytes: machines differ in seconds."""
    run = subprocess.run([sys.executable, "-c", LOAD], cwd=SOURCE.parent, check=True,
                         capture_output=True, text=True)
    bare, load, peak = map(float, run.stdout.split())
    assert peak * 1024 < 450e6, f"{peak * 1024 / 1e6:.0f} MB"
    assert load < 3 * bare, f"{load:.2f} s, inflation alone {bare:.2f} s"
