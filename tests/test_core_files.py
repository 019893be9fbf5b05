"""save and load: what comes back, what is refused, and nothing is ever half written or read."""

import io
import pickle
import warnings
import zipfile
from pathlib import Path

import core_helpers
import numpy as np
import pytest
from core_helpers import network, problem, same_state, snapshot

import mnist_core as core


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def net(rng):
    return network(core, rng, 4, 6, 3)


@pytest.fixture
def path(tmp_path, net):
    """A file that holds another network of the same build."""
    core.save(tmp_path / "w.npz", network(core, np.random.default_rng(1), 4, 6, 3))
    return tmp_path / "w.npz"


def entries(path):
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def refused(path, model):
    """The message of the ValueError, which names the file; the model must stay bit for bit."""
    before, arrays = snapshot(model), list(model.state().values())
    with pytest.raises(ValueError) as caught:
        core.load(path, model)
    assert same_state(model, before)
    assert all(a is b for a, b in zip(model.state().values(), arrays, strict=True))
    message = str(caught.value)
    assert str(path) in message and "given" in message and "wanted" in message
    return message


# ---- round trips ---------------------------------------------------------------------------------

def test_a_network_comes_back_bit_for_bit_into_its_own_arrays():
    core_helpers.check_save_load(core)


@pytest.mark.parametrize("name", ["w", "w.npz", "w.ckpt", "two words.tar.gz", "gewichte-ä.npz"])
@pytest.mark.parametrize("kind", [str, Path])
def test_b067_the_name_is_taken_as_it_is(name, kind, tmp_path, net, monkeypatch):
    """https://github.com/numpy/numpy/issues/9929"""
    monkeypatch.chdir(tmp_path)
    other = network(core, np.random.default_rng(1), 4, 6, 3)
    for place in kind(name), kind(tmp_path / name):
        core.save(place, net)
        core.load(place, other)
        assert same_state(other, snapshot(net))
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_type_comes_back(dtype, tmp_path, rng):
    net, other = (network(core, rng, 4, 6, 3, dtype=dtype) for _ in range(2))
    net.layers[0].W.ravel()[:5] = [np.nan, np.inf, -np.inf, -0.0, 6e-8]
    core.save(tmp_path / "w", net)
    core.load(tmp_path / "w", other)
    assert same_state(other, snapshot(net))


def test_b069_running_averages_are_saved_too_and_nothing_is_pickled(tmp_path, rng):
    """https://github.com/chenyuntc/pytorch-book/pull/178"""
    def build(seed):
        rng = np.random.default_rng(seed)
        return core.Sequential(core.Linear(4, 5, rng), core.BatchNorm(5), core.Linear(5, 3, rng))

    net, other = build(1), build(2)
    X, y = problem(rng)
    list(core.fit(net, core.SGD(net, 0.1), X, y, epochs=2, batch_size=4, rng=rng))
    core.save(tmp_path / "w", net)
    assert set(entries(tmp_path / "w")) > {"0.W", "0.b", "1.gamma", "1.mean", "1.var", "2.b"}
    assert all(array.dtype != object for array in entries(tmp_path / "w").values())
    core.load(tmp_path / "w", other)
    assert other.layers[1].mean.any() and (other.layers[1].var != 1).all()
    assert (core.predict(other, X) == core.predict(net, X)).all()


def test_saving_again_replaces_the_file(tmp_path, net, rng):
    core.save(tmp_path / "w", core.Linear(50, 50, rng))
    core.save(tmp_path / "w", net)
    core.load(tmp_path / "w", network(core, rng, 4, 6, 3))


def test_modes_are_not_touched(path, net):
    net.layers[1].training = False
    core.load(path, net)
    core.save(path, net)
    assert [layer.training for layer in net.walk()] == [True, True, False, True]


# ---- another network -----------------------------------------------------------------------------

@pytest.mark.parametrize("build", [
    lambda rng: network(core, rng, 4, 7, 3),
    lambda rng: network(core, rng, 4, 6, 6, 3),
    lambda rng: core.Sequential(core.Linear(4, 6, rng), core.Linear(6, 3, rng), core.ReLU()),
    lambda rng: core.Sequential(core.Linear(4, 6, rng), Bend(), core.Linear(6, 3, rng)),
    lambda rng: core.Sequential(network(core, rng, 4, 6, 3)),
    lambda rng: core.Linear(4, 6, rng),
    lambda rng: core.ReLU(),
], ids=["sizes", "depth", "order", "activation", "nesting", "one layer", "no arrays"])
def test_b069_a_file_of_another_network(build, path, rng):
    model = build(rng)
    message = refused(path, model)
    assert "Linear(4, 6)" in message.split("wanted")[0], "the network in the file"
    assert repr(model) in message.split("wanted")[1], "the network to be filled"


class Bend(core.ReLU):
    """Another activation with the same (no) arrays."""


# ---- the right network, the wrong arrays ---------------------------------------------------------

def change(path, edit):
    arrays = entries(path)
    edit(arrays)
    np.savez(path, **arrays)


@pytest.mark.parametrize("edit, shown", [
    (lambda a: a.pop("2.b"), "2.b"),
    (lambda a: a.update(extra=np.ones(2)), "extra"),
    (lambda a: a.update({"2.b": np.ones((3, 1), np.float32)}), "(3, 1)"),
    (lambda a: a.update({"2.b": np.ones((1,), np.float32)}), "(1,)"),
    (lambda a: a.update({"2.b": np.float32(1)}), "()"),
    (lambda a: a.update({"0.W": a["0.W"].T.copy()}), "(4, 6)"),
    (lambda a: a.update({"2.b": a["2.b"].astype(np.float64)}), "float64"),
    (lambda a: a.update({"2.b": np.ones(3, np.int32)}), "int32"),
    (lambda a: a.update({"2.b": np.array(["a", "b", "c"])}), "U1"),
    (lambda a: a.update({"2.W": a.pop("2.b"), "2.b": a["2.W"]}), "2.W"),
    (lambda a: a.pop("model"), ""),
    (lambda a: a.update(model=np.ones(3)), ""),
    (lambda a: a.clear(), ""),
], ids=["missing", "extra", "column", "one", "scalar", "transposed", "float64", "int", "text",
        "swapped", "no model", "odd model", "empty"])
def test_b069_names_shapes_and_types_must_be_the_models(edit, shown, path, net):
    change(path, edit)
    assert shown in refused(path, net)


def test_a_model_of_another_type(path, net):
    message = refused(path, net.to(np.float64))
    assert "float32" in message and "float64" in message


class Bomb:
    """Unpickling this writes into `went_off`."""

    went_off = []

    def __reduce__(self):
        return Bomb.went_off.append, ("bang",)


@pytest.mark.parametrize("name", ["2.b", "model", "extra"])
def test_b069_a_pickle_inside_is_never_opened(name, path, net):
    change(path, lambda arrays: arrays.update({name: np.array([Bomb()], dtype=object)}))
    refused(path, net)
    assert Bomb.went_off == []


# ---- no network at all ---------------------------------------------------------------------------

def npy():
    file = io.BytesIO()
    np.save(file, np.ones((3, 4)))
    return file.getvalue()


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model", "hello")
        archive.writestr("0.W", "hello")
    return file.getvalue()


@pytest.mark.parametrize("data", [
    b"", b"\0", b"PK", b"PK\x05\x06" + bytes(18), b"weights = 1, 2, 3\n", b"<!DOCTYPE html>", npy(),
    pickle.dumps(Bomb()), zipped(), bytes(1000), b"version https://git-lfs.github.com/spec/v1\n",
], ids=["empty", "zero", "PK", "empty zip", "text", "html", "npy", "pickle", "zip", "zeros", "lfs"])
@pytest.mark.filterwarnings("error")
def test_a_file_that_is_no_archive_of_ours(data, tmp_path, net):
    (tmp_path / "w.npz").write_bytes(data)
    refused(tmp_path / "w.npz", net)
    assert Bomb.went_off == []


def test_cut_short_anywhere(path, rng):
    layer = core.Linear(1, 2, rng)
    core.save(path, layer)
    data = path.read_bytes()
    for length in [*range(30), *range(30, len(data) - 30, 7), *range(len(data) - 30, len(data))]:
        path.write_bytes(data[:length])
        refused(path, layer)


@pytest.mark.parametrize("first, flip", [(0, 0x01), (1, 0x08), (2, 0x80), (3, 0xFF)])
@pytest.mark.filterwarnings("ignore:.*")
def test_any_damaged_byte_is_refused_or_harmless(first, flip, path, rng):
    """A zip file holds dates and attributes that nobody reads; what counts is checked."""
    layer, other = core.Linear(1, 2, rng), core.Linear(1, 2, rng)
    core.save(path, layer)
    data, right, before = path.read_bytes(), snapshot(layer), snapshot(other)
    for place in range(first, len(data), 4):
        damaged = bytearray(data)
        damaged[place] ^= flip
        path.write_bytes(damaged)
        try:
            core.load(path, other)
        except ValueError as error:
            assert str(path) in str(error) and same_state(other, before)
        else:
            assert same_state(other, right)
            core_helpers.restore(other, before)


def test_a_missing_file_is_named(tmp_path, net):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        core.load(tmp_path / "nowhere", net)


# ---- nothing half written ------------------------------------------------------------------------

class Odd(core.Layer):
    """Holds something that is no array of numbers."""

    buffers = ("odd",)

    def __init__(self, odd):
        self.odd = odd


@pytest.mark.parametrize("odd", [np.array([{}], dtype=object), None, {1: 2}, [[1], [2, 3]],
                                 lambda: 0],
                         ids=["objects", "None", "dict", "ragged", "function"])
def test_what_would_need_a_pickle_is_not_saved_and_the_old_file_stays(odd, path):
    before = path.read_bytes()
    with pytest.raises(ValueError):
        core.save(path, core.Sequential(Odd(np.ones(3)), Odd(odd)))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["w.npz"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()],
                         ids=["disk full", "interrupt"])
def test_an_interrupted_save_leaves_the_old_file_and_no_other(error, path, net, monkeypatch):
    before = path.read_bytes()

    def half(file, **_):
        file.write(b"PK half an archive")
        raise error

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(type(error)):
        core.save(path, net)
    with pytest.raises(type(error)):
        core.save(path.with_name("new.npz"), net)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["w.npz"]


def test_a_folder_that_is_not_there_is_named_and_not_made(tmp_path, net):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        core.save(tmp_path / "nowhere" / "w.npz", net)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_place_of_the_file(tmp_path, net):
    (tmp_path / "w").mkdir()
    with pytest.raises(OSError):
        core.save(tmp_path / "w", net)
    with pytest.raises(OSError):
        core.load(tmp_path / "w", net)
    assert [file.name for file in tmp_path.iterdir()] == ["w"]


def test_no_file_stays_open(path, net, tmp_path):
    (tmp_path / "text").write_text("no archive")
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        core.load(path, net)
        core.save(path, net)
        refused(tmp_path / "text", net)
        path.unlink()
