"""The readers at their edges: the last that fits, the first that does not, and which of two."""

import gzip
import io
import zipfile

import core_helpers
import numpy as np
import pytest
from core_helpers import idx_bytes, network, refuses, written

import mnist_core as core


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(core_helpers.written, "folder", tmp_path)
    return tmp_path


# ---- IDX -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind, words", [
    (9, "IDX of signed bytes"), (11, "IDX of 16-bit integers"), (12, "IDX of 32-bit integers"),
    (13, "IDX of floats"), (14, "IDX of doubles"), (10, "unknown"), (15, "unknown")])
def test_a_file_of_another_type_is_named_by_its_type(kind, words):
    data = bytearray(idx_bytes(np.arange(6, dtype=np.uint8)))
    data[2] = kind
    refuses(lambda: core.read_idx(written(data)), f"given {words}", "wanted IDX of unsigned bytes")


def test_what_gzip_packs_a_thousand_to_one_is_read():
    path = written(gzip.compress(idx_bytes(np.zeros((1000, 1000), np.uint8))))
    assert path.stat().st_size < 1100
    array = core.read_idx(path)
    assert array.shape == (1000, 1000) and not array.any()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["raw", "gzipped"])
def test_a_header_that_promises_a_million_bytes_in_a_file_without_room_for_them(pack):
    path = written(pack(bytes([0, 0, 8, 1]) + (10**6).to_bytes(4)))
    refuses(lambda: core.read_idx(path), f"given {path.stat().st_size} bytes", "room for 1000008")


def test_an_axis_of_nothing_is_refused_with_the_bytes_that_are_there():
    for pack in bytes, gzip.compress:
        path = written(pack(idx_bytes(np.zeros((2, 0), np.uint8))))
        refuses(lambda path=path: core.read_idx(path), "given 12 bytes", "no axis of it 0")
        path = written(pack(idx_bytes(np.zeros(2, np.uint8)) + b"!"))
        refuses(lambda path=path: core.read_idx(path), "given more", "wanted 10 bytes")


# ---- the files of MNIST --------------------------------------------------------------------------

def test_the_raw_file_is_read_where_it_lies_beside_the_gzipped_one(folder):
    """It is the one that a reader unpacked, and may have changed."""
    raw, packed = np.array([1, 2, 3], np.uint8), np.array([4, 5, 6], np.uint8)
    (folder / "ten-labels").write_bytes(idx_bytes(raw))
    (folder / "ten-labels.gz").write_bytes(gzip.compress(idx_bytes(packed)))
    assert (core.read_mnist(folder, "ten-labels", (3,), most=3) == raw).all()
    refuses(lambda: core.read_mnist(folder, "ten-labels", (3,), most=2), "ten-labels: given 3")


# ---- the description of a network in its file ----------------------------------------------------

DESCRIPTIONS = {
    "a list of texts": lambda text: np.array([text, text]),
    "bytes": lambda text: np.array(text.encode()),
    "a number": lambda text: np.array(3.0),
    "a truth": lambda text: np.array(True),
    "a date": lambda text: np.array("2020-02-02", "datetime64[D]"),
    "a record": lambda text: np.array((text,), [("text", f"U{len(text)}")]),
}


@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_the_description_of_a_network_is_one_text(kind, folder):
    net = network(core, np.random.default_rng(0), 4, 5, 3)
    path = folder / "net.npz"
    np.savez(path, model=DESCRIPTIONS[kind](repr(net)), **net.state())
    refuses(lambda: core.load(path, net), "net.npz, model: given", "wanted text")


def test_a_description_of_no_letters_is_refused(folder):
    net, header = network(core, np.random.default_rng(0), 4, 5, 3), io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<U0", "fortran_order": False, "shape": ()})
    np.savez(folder / "net.npz", **net.state())
    with zipfile.ZipFile(folder / "net.npz", "a") as file:
        file.writestr("model.npy", header.getvalue())
    refuses(lambda: core.load(folder / "net.npz", net), "model: given () of <U0", "wanted text")


def test_a_text_in_place_of_a_header_is_refused_with_the_name_of_the_file(folder):
    """Also one that holds a word of our own messages."""
    net = network(core, np.random.default_rng(0), 3, 2)
    text = b"{'wanted': 1}\n"
    data = np.lib.format.magic(1, 0) + len(text).to_bytes(2, "little") + text
    with zipfile.ZipFile(folder / "net.npz", "w") as file:
        file.writestr("model.npy", data)
    refuses(lambda: core.load(folder / "net.npz", net), "net.npz: given a file damaged", "wanted")


# ---- numbers and images --------------------------------------------------------------------------

def test_the_softmax_of_the_largest_float32_that_hold_whole_numbers():
    p = core.softmax(np.array([2**24, 2**24 + 2], np.float32))
    assert abs(p[0] - 1 / (1 + np.e**2)) < 1e-6


def test_flatten_takes_images_of_one_pixel_and_no_smaller():
    refuses(lambda: core.Flatten().forward(np.zeros((2, 3, 0, 1))), "1 x 1 or more")
