"""Damaged and hostile files: a right answer or a ValueError, in little memory, and nothing else.

`make fuzz` gives 10,000 files to each reader; here are some hundreds of them, and by name the files
that were made to fill the memory of whoever opens them.
"""

import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
from core_helpers import DATA, FILES, SOURCE, idx_bytes, network, restore, same_state, snapshot

import mnist_core as core
from tools import fuzz

MB = 2**20
ROWS = 2**31


@pytest.fixture
def net():
    return network(core, np.random.default_rng(0), 4, 6, 3)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def refused(read, path, most=MB):
    """The message of the ValueError about this file, which must come without much memory."""
    tracemalloc.start()
    try:
        with warnings.catch_warnings(), pytest.raises(ValueError) as caught:
            warnings.simplefilter("error")
            read()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most, f"{peak / MB:.1f} MB"
    message = str(caught.value)
    assert str(path) in message and "given" in message and "wanted" in message
    return message


def refused_idx(data, path, most=MB):
    path.write_bytes(data)
    return refused(lambda: core.read_idx(path), path, most)


def refused_npz(data, path, model, most=MB):
    """The same for load, which must leave the model bit for bit."""
    before = snapshot(model)
    path.write_bytes(data)
    message = refused(lambda: core.load(path, model), path, most)
    assert same_state(model, before)
    return message


# ---- many files of every kind --------------------------------------------------------------------

@pytest.mark.parametrize("name, files, seed", [
    ("read_idx", 300, 1), ("load", 300, 1),
    pytest.param("load_mnist", 50, 4, marks=pytest.mark.thorough)])
def test_damaged_files_are_read_right_or_refused(name, files, seed, tmp_path):
    outcomes = fuzz.run(name, range(files), seed, tmp_path)
    assert len(outcomes) == files
    assert {outcome.right for outcome in outcomes} == {True, False}
    assert len({outcome.kind for outcome in outcomes}) >= 10


def test_a_file_of_the_fuzzer_is_made_from_its_seed_and_number_alone(tmp_path):
    reader = fuzz.ReadIdx(tmp_path)
    cases = [[reader.case(np.random.default_rng([seed, n])).data for n in range(20)]
             for seed in (0, 0, 1)]
    assert cases[0] == cases[1] != cases[2]


def test_the_fuzzer_decodes_idx_as_an_independent_writer_wrote_it():
    array = (np.arange(24) * 7 % 256).astype(np.uint8).reshape(2, 3, 4)
    assert fuzz.idx(array) == idx_bytes(array)
    assert (fuzz.decoded(idx_bytes(array)) == array).all()
    assert fuzz.decoded(idx_bytes(array)[:-1]) is None


def test_the_archives_of_the_fuzzer_are_those_that_numpy_reads(net, path):
    path.write_bytes(fuzz.archive(fuzz.members_of(net)))
    with np.load(path) as file:
        assert str(file["model"]) == repr(net)
        assert all(fuzz.same(file[name], array) for name, array in net.state().items())


def no_answer(path, *_):
    raise KeyError("no ValueError")


def warn(path, *_):
    warnings.warn("odd", stacklevel=1)
    raise ValueError(f"{path}: given one thing, wanted another")


def fill_the_memory(path, *_):
    bytes(200 * MB)
    raise ValueError(f"{path}: given one thing, wanted another")


def say_nothing(path, *_):
    raise ValueError("bad file")


def spoil(path, model):
    model.state()["0.W"].ravel()[0] += 1
    raise ValueError(f"{path}: given one thing, wanted another")


def answer(path, *_):
    return np.zeros(3, np.uint8)


def refuse(path, *_):
    raise ValueError(f"{path}: given one thing, wanted another")


@pytest.mark.parametrize("name, reader, words", [
    ("read_idx", no_answer, "KeyError"), ("read_idx", warn, "UserWarning"),
    ("read_idx", fill_the_memory, "bytes (at most"), ("read_idx", say_nothing, "does not say"),
    ("read_idx", answer, "a wrong answer"), ("read_idx", refuse, "refused, and it is whole"),
    ("load", no_answer, "KeyError"), ("load", spoil, "the model has changed"),
    ("load", answer, "a wrong answer"), ("load", refuse, "refused, and it is whole"),
])
def test_the_fuzzer_notices_a_reader_that_does_anything_else(name, reader, words, tmp_path,
                                                             monkeypatch):
    monkeypatch.setattr(core, name, reader)
    with pytest.raises(fuzz.Fault, match=rf"{name}, seed 0, file \d+: .*") as caught:
        fuzz.run(name, range(100), 0, tmp_path)
    assert words in str(caught.value)


def test_the_program_prints_a_row_for_each_kind_and_names_an_unknown_reader():
    def run(*arguments):
        return subprocess.run([sys.executable, "tools/fuzz.py", *arguments], cwd=SOURCE.parent,
                              capture_output=True, text=True)

    whole = run("--files", "30", "--seed", "2", "load")
    assert whole.returncode == 0, whole.stderr
    head, *rows, empty, last = whole.stdout.splitlines()
    assert empty == "" and "MB at most" in last
    assert head.split()[0] == "load" and rows[-1].split()[:2] == ["all", "30"]
    assert sum(int(row[24:32]) for row in rows[:-1]) == 30
    unknown = run("write_idx")
    assert unknown.returncode == 2 and "read_idx" in unknown.stderr


# ---- IDX: bombs and promises ---------------------------------------------------------------------

SMALL = idx_bytes(np.arange(6, dtype=np.uint8).reshape(2, 3))


NOTHING = np.zeros(0, np.uint8)


@pytest.mark.parametrize("head", [SMALL, fuzz.idx(NOTHING, ROWS, 28, 28), b"<html>", b""], ids=[
    "a small header", "a huge header", "a web page", "zeros"])
def test_a_small_gzip_file_that_inflates_to_a_gigabyte_is_refused_unread(head, path):
    bomb = fuzz.gzip_bomb(head, 64)
    assert len(bomb) < 1.1 * MB
    refused_idx(bomb, path)


def test_a_gigabyte_in_the_second_member_of_a_gzip_file_is_refused_unread(path):
    message = refused_idx(fuzz.gzip.compress(SMALL) + fuzz.gzip_bomb(b"", 64), path)
    assert "given more, wanted 18 bytes for shape (2, 3)" in message


@pytest.mark.parametrize("pack", [bytes, fuzz.gzip.compress], ids=["raw", "gzip"])
@pytest.mark.parametrize("sizes", [
    (ROWS, 28, 28), (ROWS,), (2**32 - 1,) * 4, (2**31, 2**31, 4), (2**16,) * 4,
    (2**16, 2**16, 1, 1), (10_000, 28, 28)],
    ids=["2^31 images", "2^31 labels", "2^128", "2^64 exactly", "2^64 of four", "2^32", "7.8 MB"])
def test_a_header_that_promises_more_than_the_file_can_hold(sizes, pack, path):
    data = fuzz.idx(np.zeros(6, np.uint8), *sizes)
    message = refused_idx(pack(data), path)
    assert "bytes" in message


def test_a_promise_is_not_unpacked_to_see_whether_it_is_kept(path, monkeypatch):
    """A file of 1 MB cannot hold 2^31 rows, for gzip packs no more than 1032 bytes into one."""
    lengths = []
    read = fuzz.gzip.GzipFile.read
    monkeypatch.setattr(fuzz.gzip.GzipFile, "read",
                        lambda self, n: lengths.append(n) or read(self, n))
    refused_idx(fuzz.gzip_bomb(fuzz.idx(NOTHING, ROWS, 28, 28), 64), path)
    assert lengths == [100]


def test_what_gzip_packs_tightest_is_read(path):
    zeros = np.zeros((5000, 28, 28), np.uint8)
    data = fuzz.gzip.compress(idx_bytes(zeros), 9)
    assert len(data) * 1032 > zeros.size > len(data) * 1000
    path.write_bytes(data)
    assert fuzz.same(core.read_idx(path), zeros)


def test_a_whole_file_of_another_shape_is_not_unpacked_under_a_name_of_mnist(tmp_path):
    """It holds what it promises, 617 MB, and would be read for nothing."""
    many = fuzz.idx(NOTHING, 787_000, 28, 28)
    (tmp_path / FILES[0]).write_bytes(fuzz.gzip_bomb(many, 37))
    message = refused(lambda: core.load_mnist(tmp_path), tmp_path / FILES[0])
    assert "given (787000, 28, 28), wanted (60000, 28, 28)" in message


@pytest.mark.parametrize("packed", [False, True], ids=["raw", "gzip"])
def test_a_file_of_mnist_with_more_behind_it_is_refused_in_the_memory_of_the_whole_one(
        packed, tmp_path):
    whole = fuzz.idx(np.zeros((60_000, 28, 28), np.uint8))
    data = fuzz.gzip_bomb(whole, 64) if packed else whole + bytes(300 * MB)
    (tmp_path / FILES[0]).write_bytes(data)
    refused(lambda: core.load_mnist(tmp_path), tmp_path / FILES[0], most=2 * len(whole))


# ---- .npz: bombs and promises --------------------------------------------------------------------

def one_changed(net, which="0.W", **changes):
    """The file of this network, with one member changed."""
    members = fuzz.members_of(net)
    i = [member.name for member in members].index(f"{which}.npy")
    members[i] = members[i]._replace(**changes)
    return fuzz.archive(members)


def test_a_member_that_inflates_to_two_gigabytes_is_refused_unread(path, net):
    for start in fuzz.npy(net.layers[0].W), fuzz.npy(net.layers[0].W, shape=(ROWS // 8,)), b"":
        bomb = fuzz.bomb(start, 127)
        size = len(start) + 127 * 16 * MB
        assert len(bomb) < 2.1 * MB
        refused_npz(one_changed(net, method=8, data=start, body=bomb, size=size), path, net)


@pytest.mark.parametrize("length", [2**20, ROWS // 4 - 1, ROWS // 4, ROWS // 2])
def test_a_text_that_inflates_to_two_gigabytes_is_refused_unread(length, path, net):
    """NumPy 2.0 takes the last two for types of fewer than no bytes, and of none."""
    start = fuzz.npy(np.array("x"), descr=f"<U{length}")
    data = one_changed(net, "model", method=8, data=start, body=fuzz.bomb(start, 127),
                       size=len(start) + 127 * 16 * MB)
    refused_npz(data, path, net)


@pytest.mark.parametrize("method", [12, 14], ids=["bzip2", "LZMA"])
@pytest.mark.parametrize("name", ["model", "0.W"])
def test_bzip2_and_lzma_know_no_limit_and_are_not_opened(name, method, path, net):
    body = fuzz.other_zeros()[(method - 12) // 2]
    assert len(body) < 15_000
    data = one_changed(net, name, method=method, data=b"", body=body, size=64 * MB)
    assert "packed" in refused_npz(data, path, net)


@pytest.mark.parametrize("shape", fuzz.HUGE, ids=lambda shape: str(shape)[:30])
@pytest.mark.parametrize("name", ["model", "2.b"])
def test_an_array_that_promises_a_huge_or_odd_shape(name, shape, path, net):
    array = np.array(repr(net)) if name == "model" else net.state()[name]
    if shape != array.shape:
        refused_npz(one_changed(net, name, data=fuzz.npy(array, shape=shape)), path, net)


@pytest.mark.parametrize("descr", fuzz.DESCRS, ids=str)
def test_an_array_of_another_type_or_byte_order(descr, path, net):
    shape = net.layers[0].W.shape
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}"
    refused_npz(one_changed(net, data=fuzz.npy(net.layers[0].W, text=text)), path, net)


@pytest.mark.parametrize("text", [*fuzz.TEXTS, "-" * 9000 + "1"],
                         ids=lambda text: text[:20].replace("\0", "0"))
@pytest.mark.parametrize("name", ["model", "0.W"])
def test_a_header_that_is_no_description(name, text, path, net):
    data = fuzz.npy(net.layers[0].W, text=text)
    refused_npz(one_changed(net, name, data=data), path, net, most=8 * MB)


def test_a_message_names_the_array_and_both_types(path, net):
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (2147483648, 9), }"
    data = fuzz.npy(net.layers[0].W, text=text)
    message = refused_npz(one_changed(net, "2.b", data=data), path, net)
    assert "2.b: given (2147483648, 9) of float64, wanted (3,) of float32" in message


@pytest.mark.parametrize("change", [
    {"size": 1}, {"size": 0}, {"packed": 1}, {"packed": 0}, {"crc": 1},
], ids=str)
def test_a_directory_that_lies_about_size_or_checksum(change, path, net):
    refused_npz(one_changed(net, **change), path, net)


@pytest.mark.parametrize("change", [{"size": 2**32 - 1}, {"packed": 2**32 - 1}], ids=str)
def test_a_directory_that_says_too_large_a_size_is_not_believed(change, path, net):
    """The array ends with its bytes, and its checksum is right."""
    right = snapshot(net)
    path.write_bytes(one_changed(net, **change))
    restore(net, {name: array + 1 for name, array in right.items()})
    core.load(path, net)
    assert same_state(net, right)


@pytest.mark.parametrize("trailing", [1, 5000, 300_000])
def test_a_flipped_bit_is_found_though_more_bytes_follow_the_array(trailing, path, net):
    """A reader that stops where the array ends does not come to the checksum."""
    good = fuzz.npy(net.layers[0].W)
    spoilt = good[:-1] + bytes([good[-1] ^ 64])
    for body in good, spoilt:
        size = len(body) + trailing
        data = one_changed(net, data=good + bytes(trailing), body=body + bytes(trailing),
                           size=size, packed=size)
        refused_npz(data, path, net)


def test_every_flipped_bit_of_an_array_is_found_by_the_checksum(path, net):
    core.save(path, net)
    data, W = path.read_bytes(), net.layers[0].W
    start = data.index(W.tobytes())
    for place in range(start, start + W.nbytes):
        spoilt = bytearray(data)
        spoilt[place] ^= 1 << place % 8
        path.write_bytes(spoilt)
        with pytest.raises(ValueError, match="damaged"):
            core.load(path, net)


@pytest.mark.parametrize("name", ["../0.W.npy", "..", "/0.W.npy", "0.W", "0.w.npy", "0/W.npy", "",
                                  "model.npy", "2.b.npy"])
def test_a_member_under_another_name(name, path, net):
    refused_npz(one_changed(net, name=name), path, net)
    assert [file.name for file in path.parent.iterdir()] == ["file"], "nothing is unpacked to disk"


def test_a_name_before_the_data_that_is_not_the_directorys(path, net):
    refused_npz(one_changed(net, local="2.b.npy"), path, net)


@pytest.mark.parametrize("name", ["0.W.npy", "model.npy", "../../etc.npy", "note.txt"])
def test_a_member_twice_or_too_many(name, path, net):
    members = fuzz.members_of(net)
    for place in 0, len(members):
        more = [*members]
        more.insert(place, fuzz.Member(name, fuzz.npy(net.layers[0].W + 1)))
        refused_npz(fuzz.archive(more), path, net)


@pytest.mark.parametrize("change", [{"flags": 1}, {"flags": 65}, {"flags": 32}, {"method": 1},
                                    {"method": 9}, {"method": 93}, {"method": 65_535}], ids=str)
def test_encryption_and_unknown_compression(change, path, net):
    refused_npz(one_changed(net, **change), path, net)


def test_a_file_of_another_numpy_in_fortran_order_or_deflated_is_read(path, net):
    right, before = snapshot(net), {name: array + 1 for name, array in net.state().items()}
    deflated = [member._replace(method=8) for member in reversed(fuzz.members_of(net))]
    for data in (one_changed(net, data=fuzz.npy(net.layers[0].W, fortran=True)),
                 fuzz.archive(deflated), fuzz.saved(net)):
        path.write_bytes(data)
        restore(net, before)
        core.load(path, net)
        assert same_state(net, right)
        restore(net, right)


def test_a_header_of_python_2_is_refused_and_does_not_warn(path, net):
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (6L, 4L), }"
    refused_npz(one_changed(net, data=fuzz.npy(net.layers[0].W, text=text)), path, net)


def test_a_file_whose_directory_has_ten_thousand_entries_takes_little_memory(path, net):
    data = fuzz.archive([fuzz.Member("a", b"")] * 10_000)
    refused_npz(data, path, net, most=12 * len(data))


# ---- a process of its own ------------------------------------------------------------------------

BOMBS = r"""
import re, sys
import numpy as np
import mnist_core as core
from tools import fuzz

def refuses(read, *arguments):
    try:
        read(*arguments)
    except ValueError as error:
        return "wanted" in str(error)

net = fuzz.build(np.random.default_rng(0))
bombs = [fuzz.gzip_bomb(head, 256) for head in
         (fuzz.idx(np.ones(3, np.uint8)), fuzz.idx(np.zeros(0, np.uint8), 2**31, 28, 28))]

def peak():
    return int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1])

before = peak()
for bomb in bombs:
    open(sys.argv[1], "wb").write(bomb)
    print(refuses(core.read_idx, sys.argv[1]))
for start in fuzz.npy(net.layers[0].W), fuzz.npy(net.layers[0].W, shape=(2**28,)):
    members = fuzz.members_of(net)
    members[1] = members[1]._replace(method=8, data=start, body=fuzz.bomb(start, 127),
                                     size=len(start) + 127 * 16 * fuzz.MB)
    open(sys.argv[1], "wb").write(fuzz.archive(members))
    print(refuses(core.load, sys.argv[1], net))
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_a_process_grows_by_less_than_40_mb_while_it_refuses_twelve_gigabytes(path):
    """The memory that the system gave it, where tracemalloc counts what Python asked for."""
    run = subprocess.run([sys.executable, "-c", BOMBS, path], cwd=SOURCE.parent, text=True,
                         capture_output=True)
    assert run.returncode == 0, run.stderr
    *refusals, grown = run.stdout.split()
    assert refusals == ["True"] * 4
    assert int(grown) < 40_000, f"{int(grown) / 1000:.0f} MB"


def test_the_real_files_are_whole(tmp_path):
    """So that what is refused above is refused for its damage."""
    assert [core.read_idx(DATA / name).shape for name in FILES[1::2]] == [(60_000,), (10_000,)]
