"""Give damaged files to the readers of mnist_core.py: a right answer or a ValueError, nothing else.

    python tools/fuzz.py                        # 10,000 files for each reader: a quarter of an hour
    python tools/fuzz.py --files 500 load       # fewer, for one of read_idx, load_mnist, load
    python tools/fuzz.py --seed 3 --only 17 load  # one file again: its traceback, and a copy of it

Each file is made from the seed and its number. For each kind of damage a table says how many files
there were, how many were read right and how many refused, and the most time and memory that one of
them took. What is right does not come from the code under test: a file is decoded here by gzip and
struct, or the arrays in it are known because it was made from them. The first fault ends the run:
another exception, a warning, a wrong answer, a good file refused, a model that is no longer as it
was, or more memory than a few times the file that was wanted.
"""

import argparse
import bz2
import gzip
import io
import lzma
import math
import os
import shutil
import struct
import sys
import tempfile
import time
import traceback
import tracemalloc
import warnings
import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

if __name__ == "__main__":  # the folder that holds `mnist_core.py`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import mnist_core as core

MB = 2**20
MEMORY = "/dev/shm"  # a folder that is no disk, on Linux
SLOW = 60  # seconds that no file may take: only an endless loop comes near
EXTREMES = [0, 1, 2, 127, 128, 255, 2**15 - 1, 2**16 - 1, 2**16, 2**31 - 1, 2**31, 2**32 - 2,
            2**32 - 1]


class Fault(Exception):
    """What a reader must not do."""


class Case(NamedTuple):
    kind: str  # of damage
    data: bytes  # the file
    right: object = None  # the answer; None if the file must be refused
    must: bool = True  # a refusal is a fault, where there is a right answer


# ---- damage to any file


def flip(data, rng):
    """One to four bits the other way round."""
    damaged = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        damaged[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def places(data, rng):
    """Two places, in order."""
    return sorted(map(int, rng.integers(len(data) + 1, size=2)))


def cut(data, rng):
    """Only the start, as an interrupted download leaves it, or only the end."""
    a = int(rng.integers(len(data)))
    return data[:a] if rng.random() < 0.8 else data[a + 1:]


def insert(data, rng):
    a = int(rng.integers(len(data) + 1))
    return data[:a] + rng.bytes(int(rng.integers(1, 20))) + data[a:]


def remove(data, rng):
    a, b = places(data, rng)
    return data[:a] + data[max(b, a + 1):]


def repeat(data, rng):
    """A block twice."""
    a, b = places(data, rng)
    return data[:b] + data[a:b] + data[b:]


def swap(data, rng):
    """Two neighbouring blocks in the wrong order."""
    (a, b), c = places(data, rng), int(rng.integers(len(data) + 1))
    a, b, c = sorted((a, b, c))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def blank(data, rng):
    """A block of zeros, as a full disk or a lost page leaves it."""
    a, b = places(data, rng)
    return data[:a] + bytes(b - a) + data[b:]


def overwrite(data, rng):
    """An extreme number of one, two, four or eight bytes anywhere, most often near an end."""
    size, order = int(rng.choice([1, 2, 4, 8])), rng.choice(["<", ">"])
    number = struct.pack(order + "Q", int(rng.choice(EXTREMES)))
    number = number[:size] if order == "<" else number[-size:]
    a = int(rng.choice([rng.integers(min(64, len(data))), rng.integers(len(data)),
                        max(0, len(data) - 1 - rng.integers(120))]))
    return data[:a] + number + data[a + size:]


def append(data, rng):
    return data + rng.choice([b"\0", b"\n", b"\0" * 512, b"x", rng.bytes(9), data, data[:20]])


def noise(data, rng):
    """Random bytes, with or without the first ones of the file."""
    return data[:rng.integers(0, 30)] + rng.bytes(int(rng.integers(0, 300)))


DAMAGES = {"flipped bits": flip, "cut": cut, "inserted bytes": insert, "removed block": remove,
           "repeated block": repeat, "swapped blocks": swap, "block of zeros": blank,
           "extreme number": overwrite, "appended bytes": append, "random bytes": noise}


def damaged(data, rng):
    """A kind of damage, and the bytes after it."""
    kind = str(rng.choice(list(DAMAGES)))
    return kind, DAMAGES[kind](data, rng)


# ---- IDX files


def idx(array, *sizes, kind=8, axes=None):
    """An IDX file; `sizes`, `kind` and `axes` say something else than the array."""
    sizes = sizes or array.shape
    head = struct.pack(">HBB", 0, kind, len(sizes) if axes is None else axes)
    return head + struct.pack(f">{len(sizes)}I", *sizes) + array.tobytes()


def decoded(data):
    """The array in an IDX file, raw or gzipped, by gzip and struct; None if it is not whole."""
    try:
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        zeros, kind, axes = struct.unpack_from(">HBB", data)
        sizes = struct.unpack_from(f">{axes}I", data, 4)
    except (OSError, EOFError, zlib.error, struct.error):
        return None
    body = data[4 + 4 * axes:]
    if (zeros, kind) != (0, 8) or not 1 <= axes <= 4 or not len(body) == math.prod(sizes) > 0:
        return None
    return np.array(list(body), np.uint8).reshape(sizes)


def packed(data, rng):
    """The bytes raw, or gzipped in one of the ways in which others do it."""
    way = int(rng.integers(6))
    if way == 0:
        return data
    if way == 1:  # several members, empty ones among them
        a, b = places(data, rng)
        parts = [data[:a], data[a:b], data[b:]]
        return b"".join(gzip.compress(part, mtime=0) for part in parts)
    if way == 2:  # a name, a comment and an extra field in the header
        body = gzip.compress(data, mtime=0)
        return body[:3] + b"\x1c" + body[4:10] + b"\3\0abc" + b"digits\0" + b"ten\0" + body[10:]
    body = gzip.compress(data, int(rng.integers(1, 10)), mtime=0)
    return body + bytes(int(rng.choice([0, 0, 1, 512])))


@cache
def zeros_packed():
    """16 MB of zeros as blocks of deflate that stand on their own and may be repeated."""
    pack = zlib.compressobj(9, wbits=-15)
    return pack.compress(bytes(16 * MB)) + pack.flush(zlib.Z_FULL_FLUSH)


def bomb(head, blocks):
    """Deflated: `head`, then 16 MB of zeros for each block."""
    pack = zlib.compressobj(9, wbits=-15)
    start = pack.compress(head) + pack.flush(zlib.Z_FULL_FLUSH)
    return start + zeros_packed() * blocks + b"\3\0"


def gzip_bomb(head, blocks):
    """The same as a gzip file, whose checksum nobody will come to."""
    size = (len(head) + blocks * 16 * MB) % 2**32
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + bomb(head, blocks) + struct.pack("<II", 0, size)


PROMISES = [(2**31, 28, 28), (2**32 - 1, 28, 28), (2**31,), (2**32 - 1,) * 4, (2**31, 2**31, 4),
            (2**16,) * 4, (2**32 - 1, 2**32 - 1), (2**31, 2, 2**31, 0), (1, 1, 1, 2**30)]


def idx_case(rng):
    """A file for read_idx."""
    shape = tuple(map(int, rng.integers(1, 9, size=rng.integers(1, 5))))
    array = rng.integers(0, 256, shape).astype(np.uint8)
    way = rng.random()
    if way < 0.12:
        return Case("whole, oddly packed", packed(idx(array), rng), array)
    if way < 0.2:
        data = gzip.compress(packed(idx(array), rng), mtime=0)
        return Case("gzip inside", data, decoded(data))
    if way < 0.35:
        sizes = list(shape)
        sizes[rng.integers(len(sizes))] = int(rng.choice(EXTREMES))
        kind = int(rng.choice([8, 8, 8, 9, 13, 255]))
        axes = int(rng.choice([len(sizes)] * 4 + [0, 5, 255]))
        data = packed(idx(array, *sizes, kind=kind, axes=axes), rng)
        return Case("another header", data, decoded(data))
    if way < 0.42:
        sizes = PROMISES[rng.integers(len(PROMISES))]
        return Case("promises 2^31 rows", packed(idx(array, *sizes), rng))
    if way < 0.43:
        head = [idx(array), idx(array, *PROMISES[0]), idx(array, 2**25, 28, 28), b"", b"<html>"]
        blocks = int(rng.choice([1, 64, 256]))
        return Case("gzip bomb", gzip_bomb(head[rng.integers(len(head))], blocks))
    data = packed(idx(array), rng)
    if way < 0.6 and data[:2] == b"\x1f\x8b":  # in the header of gzip, or the checksum and size
        a = int(rng.choice([rng.integers(10), len(data) - 1 - rng.integers(8)]))
        data = data[:a] + bytes([int(rng.choice(EXTREMES[:6]))]) + data[a + 1:]
        return Case("header of gzip", data, decoded(data))
    kind, data = damaged(data, rng)
    return Case(kind, data, decoded(data))


# ---- .npz files, written by hand so that they can lie


class Member(NamedTuple):
    """A file in a zip, and what the zip says of it where that is not the truth."""

    name: str
    data: bytes
    method: int = 0  # 0 stored, 8 deflated, 12 bzip2, 14 LZMA
    body: bytes | None = None  # the bytes in the file, if not `data` packed by its method
    crc: int | None = None
    size: int | None = None  # what the directory says of it, unpacked
    packed: int | None = None  # and packed
    flags: int = 0
    local: str | None = None  # the name before the data, if it is not the directory's


def by_lzma(data):
    """As LZMA stands inside a zip: the version, five bytes of properties, the rest."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 2**16}]
    body = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
    return b"\x09\x04\x05\0" + struct.pack("<BI", 0x5D, 2**16) + body


def body_of(member):
    if member.body is not None:
        return member.body
    if member.method == 8:
        pack = zlib.compressobj(9, wbits=-15)
        return pack.compress(member.data) + pack.flush()
    return {12: bz2.compress, 14: by_lzma}.get(member.method, bytes)(member.data)


def archive(members, before=b"", comment=b""):
    """A zip file of these members, in this order."""
    file, directory = bytearray(before), bytearray()
    for member in members:
        body = body_of(member)
        crc = zlib.crc32(member.data) if member.crc is None else member.crc
        size = len(member.data) if member.size is None else member.size
        length = len(body) if member.packed is None else member.packed
        about = struct.pack("<4H3I", member.flags, member.method, 0, 33, crc, length, size)
        name, local = (n.encode() for n in (member.name, member.local or member.name))
        directory += (b"PK\1\2" + struct.pack("<HH", 45, 45) + about
                      + struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0, len(file)) + name)
        file += b"PK\3\4" + struct.pack("<H", 45) + about + struct.pack("<HH", len(local), 0)
        file += local + body
    end = struct.pack("<4H2IH", 0, 0, len(members), len(members), len(directory), len(file),
                      len(comment))
    return bytes(file + directory + b"PK\5\6" + end + comment)


def npy(array, shape=None, descr=None, fortran=False, version=1, text=None):
    """The bytes of a .npy file; what is given replaces what is true."""
    shape, descr = array.shape if shape is None else shape, descr or array.dtype.str
    if text is None:
        text = f"{{'descr': {descr!r}, 'fortran_order': {fortran}, 'shape': {shape}, }}"
    length = struct.pack("<H" if version == 1 else "<I", len(text) + 1)
    return (b"\x93NUMPY" + bytes([version, 0]) + length + text.encode() + b"\n"
            + array.tobytes("F" if fortran else "C"))


def build(rng):
    """A small network, its biases and running averages not at their start."""
    net = core.Sequential(core.Linear(3, 4, rng), core.BatchNorm(4), core.Linear(4, 2, rng))
    for array in net.state().values():
        array += rng.uniform(0.1, 1, array.shape).astype(array.dtype)
    return net


def saved(net):
    """The file that `save` writes, by way of NumPy."""
    file = io.BytesIO()
    np.savez(file, model=repr(net), **net.state())
    return file.getvalue()


def members_of(net):
    arrays = {"model": np.array(repr(net)), **net.state()}
    return [Member(f"{name}.npy", npy(array)) for name, array in arrays.items()]


HUGE = [(2**31, 3), (2**31,), (2**62, 4), (2**63, 2**63), (10**30,), (2**32 - 1,) * 4, (-1, 3),
        (-1,), (2**31, 0), (0,), (), (True, 12), (1,) * 70]
DESCRS = ["|O", ">f4", "<f8", "<f2", "<i4", "|V4", "<U1", "<U268435455", "|V0", "<c8", "<M8[s]",
          "|S4", "T", "a4", "<U536870912", "<U1073741824", "f4,f4", "(2,2)f4", "1000000000f4",
          [("a", "<f4")], [("a", "|O")], [("a", "<f4", (2**30,))], ("<f4", (2**31,)), "nonsense",
          "", 3, None, [], {}]
TEXTS = ["", "{}", "[" * 5000, "9" * 5000, "{" * 300, "(" * 150 + ")" * 150, "\0",
         "{'descr': '<f4', 'fortran_order': 0, 'shape': (4, 3), }", "__import__('os').abort()",
         "{'descr': '<f4', 'fortran_order': False, 'shape': (4L, 3L), }",
         "{'descr': '\\d', 'fortran_order': False, 'shape': (4, 3), }", "1if 1else 2", "0" * 60_000,
         "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), 'more': 1}", "{'wanted': 1}"]


def odd_archive(net, rng):
    """A zip file made by hand around the arrays of the network: what a Case is made of."""
    members, i = members_of(net), int(rng.integers(1, 9))
    one, name = members[i], members[i].name
    array = net.state()[name.removesuffix(".npy")]

    def put(kind, right=None, must=True, **changes):
        members[i] = one._replace(**changes)
        return kind, archive(members), right, must

    def head(kind, right=None, must=True, **changes):
        return put(kind, right, must, data=npy(array, **changes))

    def order():
        rng.shuffle(members)
        return "whole, another order", archive(members), net, True

    def pickle():
        return head("object array", text=f"{{'descr': '|O', 'fortran_order': False, "
                                         f"'shape': {array.shape}, }}")

    def huge():
        shape = HUGE[rng.integers(len(HUGE))]
        return head("promises 2^31 rows", shape=shape)

    def other_type():
        descr = DESCRS[rng.integers(len(DESCRS))]
        text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {array.shape}, }}"
        return head("another type", text=text)

    def text():
        return head("another header", text=TEXTS[rng.integers(len(TEXTS))])

    def model_text():
        arrays = [np.array(repr(net) + " "), np.array("x" * 300_000), np.array([repr(net)]),
                  np.array(repr(net).encode()), np.array(3.0)]
        descr = rng.choice([None, "<U536870912", "<U1073741824", "<U0", ">U3", "|S3"])
        members[0] = Member("model.npy", npy(arrays[rng.integers(len(arrays))], descr=descr))
        return "another text", archive(members), None, True

    def lie():
        field = str(rng.choice(["size", "packed", "crc"]))
        number = int(rng.choice([*EXTREMES, len(one.data) - 1, len(one.data) + 1]))
        return put("directory lies", net, False, **{field: number})

    def both_lie():
        """Longer than the array, and with a bit of it flipped: the checksum comes late."""
        spoilt = bytearray(one.data)
        spoilt[-1] ^= 4
        size = len(spoilt) + int(rng.choice([1, 9000]))
        return put("flipped, trailing bytes", body=bytes(spoilt).ljust(size), size=size,
                   packed=size)

    def trailing():
        return put("trailing bytes", data=one.data + rng.bytes(int(rng.integers(1, 9))))

    def short():
        return put("too few bytes", data=one.data[:-int(rng.integers(1, array.nbytes + 1))])

    def twice():
        other = array.copy()
        other.ravel()[0] += 1
        members.insert(int(rng.integers(len(members) + 1)), Member(name, npy(other)))
        return "duplicate member", archive(members), None, True

    def renamed():
        names = [name[:-4], "../" + name, "/" + name, name.upper() + "x", "", "..", "x" * 999,
                 name.replace(".", "/"), name + "\0", "\0" + name, "model.npy", "model",
                 "0.W.npy.npy", "ä.npy"]
        return put("member renamed", net, False, name=str(rng.choice(names)))

    def liar():
        local = str(rng.choice(["0.Z.npy", "../a", "wanted"]))
        return put("name before data lies", local=local)

    def gone():
        del members[rng.integers(len(members))]
        return "member missing", archive(members), None, True

    def more():
        extra = str(rng.choice(["extra.npy", "../../evil.npy", "0.W", "readme.txt", "0.W/"]))
        members.append(Member(extra, rng.choice([npy(array), b"", b"text"])))
        return "member too many", archive(members), None, True

    def method():
        return put("unknown compression", method=int(rng.choice([1, 6, 9, 93, 98, 65535])))

    def packed_otherwise():
        return put("bzip2 or LZMA", net, False, method=int(rng.choice([12, 14])))

    def encrypted():
        return put("encrypted", flags=int(rng.choice([1, 1 + 64, 32, 64])))

    def zip_bomb():
        start = npy(array, shape=[array.shape, (2**28, 4)][rng.integers(2)])
        blocks = int(rng.choice([1, 16, 128]))
        size = min(len(start) + blocks * 16 * MB, 2**32 - 1)
        return put("zip bomb", method=8, data=start, body=bomb(start, blocks), size=size)

    def other_bomb():
        i = int(rng.integers(2))
        return put("bzip2 or LZMA bomb", data=b"", method=[12, 14][i], body=other_zeros()[i])

    def deflated():
        members[:] = [member._replace(method=8) for member in members]
        return "whole, deflated", archive(members), net, True

    def fortran():
        return head("whole, Fortran order", net, fortran=True)

    def second():
        return head("header of version 2", net, False, version=int(rng.choice([2, 3, 9])))

    def around():
        data = archive(members, before=rng.bytes(50), comment=b"PK\5\6" * int(rng.integers(4)))
        return "bytes around the zip", data, net, False

    ways = [order, pickle, huge, huge, other_type, other_type, text, text, model_text, lie, lie,
            lie, both_lie, trailing, short, twice, renamed, renamed, liar, gone, more, method,
            packed_otherwise, encrypted, deflated, fortran, second, around]
    if rng.random() < 0.03:
        ways = [zip_bomb, zip_bomb, other_bomb]
    return ways[rng.integers(len(ways))]()


@cache
def other_zeros():
    """16 MB of zeros, as bzip2 and LZMA pack them inside a zip."""
    return bz2.compress(bytes(16 * MB)), by_lzma(bytes(16 * MB))


def npz_case(rng):
    """A file for load, and the network whose arrays are in it."""
    net = build(rng)
    if rng.random() < 0.05:
        list(net.state().values())[rng.integers(8)].ravel()[0] = rng.choice([np.nan, np.inf, -0.0])
        return Case("whole, nan or infinity", saved(net), net)
    if rng.random() < 0.5:
        return Case(*odd_archive(net, rng))
    kind, data = damaged(saved(net), rng)
    return Case(kind, data, net, must=False)


# ---- the readers


class Reader:
    """What is read, how, and what is right. What was wanted takes `size` bytes in memory."""

    size = 4 * MB  # of small files, what Python itself takes to read a header

    def __init__(self, folder):
        self.folder = folder

    def refused(self, error, path):
        message = str(error)
        if not (str(path) in message and "given" in message and "wanted" in message):
            raise Fault(f"the message does not say enough: {message}")


def same(a, b):
    """The same shape, type and bits."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


class ReadIdx(Reader):
    def case(self, rng):
        return idx_case(rng)

    def read(self, case):
        path = self.folder / "digits.gz"
        path.write_bytes(case.data)
        return path, lambda: core.read_idx(path)

    def is_right(self, array, case):
        return same(array, case.right) and array.flags.writeable


class LoadMnist(Reader):
    """One of the four files is damaged; the other three are whole, and not gzipped: that is quick.

    They are read in the order of NAMES, and what comes after the damaged one only if it is whole.
    So most of the time it is the first, and of it the first 20,000 bytes: the 47 MB behind them
    would be read 10,000 times.
    """

    NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte",
             "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
    SHAPES = [(60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)]
    size = 60_000 * 784 * 5  # the bytes, and each of them as a float32

    def __init__(self, folder):
        super().__init__(folder)
        self.packed = [(core.DATA / f"{name}.gz").read_bytes() for name in self.NAMES]
        self.raw = [gzip.decompress(data) for data in self.packed]
        for name, data in zip(self.NAMES, self.raw):
            (folder / name).write_bytes(data)

    def case(self, rng):
        i = self.which = int(rng.choice(4, p=[0.86, 0.1, 0.02, 0.02]))
        raw, whole, N = self.raw[i], self.packed[i], self.SHAPES[i][0]
        if i == 0 and rng.random() < 0.96:
            raw, whole = raw[:20_000], whole[:20_000]
        way = rng.random()
        if way < 0.1:
            sizes = list(self.SHAPES[i])
            sizes[rng.integers(len(sizes))] = int(rng.choice([*EXTREMES, N - 1, N + 1]))
            kind, data = "another header", idx(np.frombuffer(raw[-1000:], np.uint8), *sizes)
        elif way < 0.15:
            sizes = [(N, 784), (784, N), (28, 28, N), (N, 1), (N, 28, 28, 1)][rng.integers(5)]
            entries = np.zeros(N if i % 2 else 999, np.uint8)  # all of the labels, or few pixels
            kind, data = "another shape", idx(entries, *sizes)
        elif way < 0.2:
            head = [raw[:-8], idx(np.zeros(0, np.uint8), 2**20, 28, 28), raw, b""][rng.integers(4)]
            kind, data = "gzip bomb", gzip_bomb(head, int(rng.choice([1, 16, 64])))
        elif way < 0.3:
            a = int(rng.integers(16, len(raw)))
            data = raw[:a] + bytes([int(rng.integers(256))]) + raw[a + 1:]
            kind = "another entry"
        elif way < 0.31:
            kind, data = "another of the four", (self.raw + self.packed)[rng.integers(8)]
        else:
            kind, data = damaged(raw if rng.random() < 0.4 else whole, rng)
        return Case(kind, data, self.decoded(data))

    def decoded(self, data):
        """The entries of the damaged file, if they are a whole file of its kind."""
        shape = self.SHAPES[self.which]
        wanted = 4 + 4 * len(shape) + math.prod(shape)
        if data[:2] == b"\x1f\x8b":
            try:
                with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                    data = file.read(wanted + 1)
            except (OSError, EOFError, zlib.error):
                return None
        if len(data) != wanted or not data.startswith(idx(np.zeros(0, np.uint8), *shape)):
            return None
        entries = np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape))
        return entries if len(shape) == 3 or entries.max() <= 9 else None

    def read(self, case):
        for name in self.NAMES:
            (self.folder / f"{name}.gz").unlink(missing_ok=True)
            if not (self.folder / name).exists():
                (self.folder / f"{name}.kept").rename(self.folder / name)
        whole = self.folder / self.NAMES[self.which]
        whole.rename(whole.with_name(whole.name + ".kept"))
        path = whole.with_name(whole.name + ".gz")
        path.write_bytes(case.data)
        return path, lambda: core.load_mnist(self.folder)

    def is_right(self, arrays, case):
        X, right = arrays[self.which], case.right
        if X.dtype == np.float32:
            X, right = X.ravel(), right.astype(np.float32) / np.float32(255)
        shapes = [a.shape for a in arrays]
        return shapes == [(60_000, 784), (60_000,), (10_000, 784), (10_000,)] and (X == right).all()


class Load(Reader):
    def case(self, rng):
        self.model = build(rng)
        return npz_case(rng)

    def read(self, case):
        path = self.folder / "network.npz"
        path.write_bytes(case.data)
        self.before = {name: array.copy() for name, array in self.model.state().items()}
        return path, lambda: core.load(path, self.model)

    def holds(self, state):
        now = self.model.state()
        return now.keys() == state.keys() and all(same(now[name], state[name]) for name in now)

    def is_right(self, _, case):
        return self.holds(case.right.state())

    def refused(self, error, path):
        super().refused(error, path)
        if not self.holds(self.before):
            raise Fault("refused, and the model has changed")


READERS = {"read_idx": ReadIdx, "load_mnist": LoadMnist, "load": Load}


# ---- one file, and all of them


class Outcome(NamedTuple):
    kind: str
    right: bool
    seconds: float
    memory: int  # the most that was allocated while it was read


def ran_out(error):
    """Whether it was raised because memory ran out, at any remove."""
    return error is not None and (isinstance(error, MemoryError) or ran_out(error.__context__))


def attempt(reader, seed, number):
    """Read file `number` of this seed; a Fault if it is not read right and not refused."""
    case = reader.case(np.random.default_rng([seed, number]))
    path, read = reader.read(case)
    answer, refusal = None, None
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            answer = read()
    except ValueError as error:
        refusal = error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise Fault(f"{case.kind}: {type(error).__name__}: {error}") from error
    finally:
        seconds, memory = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    limit = 2 * (reader.size + len(case.data))
    if memory > limit or seconds > SLOW:
        raise Fault(f"{case.kind}: {memory:,} bytes (at most {limit:,}), {seconds:.1f} s")
    if refusal is not None:
        if ran_out(refusal):
            raise Fault(f"{case.kind}: asked for more memory than there is") from refusal
        if case.right is not None and case.must:
            raise Fault(f"{case.kind}: refused, and it is whole: {refusal}") from refusal
        reader.refused(refusal, path)
    elif case.right is None or not reader.is_right(answer, case):
        raise Fault(f"{case.kind}: a wrong answer")
    return Outcome(case.kind, refusal is None, seconds, memory)


def run(name, numbers, seed, folder):
    """The outcomes of these files. A Fault has the number of its file in front."""
    reader, outcomes = READERS[name](Path(folder)), []
    for number in numbers:
        try:
            outcomes.append(attempt(reader, seed, number))
        except Fault as fault:
            raise Fault(f"{name}, seed {seed}, file {number}: {fault}") from fault
    return outcomes


def table(name, outcomes):
    """One row for each kind of damage, and one for all."""
    yield f"{name:24}{'files':>8}{'right':>8}{'refused':>9}{'worst time':>12}{'worst memory':>14}"
    for kind in [*sorted({outcome.kind for outcome in outcomes}), "all"]:
        rows = [outcome for outcome in outcomes if kind in (outcome.kind, "all")]
        right = sum(row.right for row in rows)
        seconds, memory = max(row.seconds for row in rows), max(row.memory for row in rows)
        yield (f"{kind:24}{len(rows):8}{right:8}{len(rows) - right:9}{seconds:10.3f} s"
               f"{memory / 1e6:11.2f} MB")


def limit_memory(most):
    """Let the process have this much more memory, and no more, where the system can say so."""
    try:
        import resource
    except ImportError:  # Windows
        return
    status = Path("/proc/self/statm")
    if not status.exists():  # macOS
        return
    now = int(status.read_text().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    soft = now + most if hard == resource.RLIM_INFINITY else min(now + most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def used():
    """The most memory that this process has had from the system, in MB."""
    try:
        import resource
    except ImportError:  # Windows
        return "an unknown number of"
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit // 1_000_000


def roomy():
    """A folder in memory, if there is one with room for the digits; else None, the usual one."""
    there = os.path.isdir(MEMORY) and shutil.disk_usage(MEMORY).free > 256 * MB
    return MEMORY if there else None


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("readers", nargs="*", help=f"of {', '.join(READERS)}; default: all")
    parser.add_argument("--files", type=int, default=10_000, help="for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of one file, to look at its fault")
    options = parser.parse_args(arguments)
    unknown = set(options.readers) - set(READERS)
    if unknown:
        parser.error(f"given {sorted(unknown)}, wanted some of {list(READERS)}")
    limit_memory(2**31)
    numbers = range(options.files) if options.only is None else [options.only]
    for name in options.readers or READERS:
        with tempfile.TemporaryDirectory(dir=roomy()) as folder:
            try:
                print(*table(name, run(name, numbers, options.seed, folder)), sep="\n", end="\n\n")
            except Fault as fault:
                if options.only is not None:
                    traceback.print_exception(fault)
                    shutil.copytree(folder, f"fuzz-{name}-{options.only}", dirs_exist_ok=True)
                return str(fault)
    print(f"This process took {used()} MB at most.")
    return None


if __name__ == "__main__":
    sys.exit(main())
