"""The playground: recipes, runs as text, the panel's logic. The browser has tests of its own."""

import asyncio
import itertools
import json
import math
import resource
import sys

import checks
import labs
import numpy as np
import playground
import plots
import pytest
import recipes
import runs
from hypothesis import given, settings
from hypothesis import strategies as st

import mnist_core as core

TINY = {"images": 100, "width": 8, "rate": 0.1, "batch_size": 10, "epochs": 1}
HOSTILE = '<img src=x onerror="alert(1)"> $\\frac$ _\x00\n\ud800 {}'


@pytest.fixture(autouse=True)
def style_of_the_book():
    plots.style()


@pytest.fixture(scope="module")
def data():
    """Images of noise about ten stencils: easy to learn, quick to make."""
    rng = np.random.default_rng(0)
    stencils = rng.random((10, 784)) > 0.8
    y = rng.integers(0, 10, 2_200)
    X = np.clip(stencils[y] + rng.normal(0, 0.2, (2_200, 784)), 0, 1).astype(np.float32)
    return X[:2_000], y[:2_000], X[2_000:], y[2_000:]


@pytest.fixture
def play(data):
    """play(scenario, **dials): run `await scenario(panel)` with a fresh panel of tiny runs."""
    def played(scenario, **dials):
        async def main():
            panel = playground.Playground(data, **TINY | dials)
            await scenario(panel)
            return panel

        return asyncio.run(main())

    return played


async def until(true, seconds=20):
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.001)


async def trained(panel, **dials):
    """Turn dials, press Train, wait for the end; return the run."""
    panel.turn(panel.recipe() | dials)
    before = len(panel.runs)
    panel.train_button.click()
    await until(lambda: len(panel.runs) > before and panel.run is None)
    await panel.task
    await asyncio.sleep(0)  # the last picture comes after the task
    return panel.runs[-1]


# ---- recipes


def test_the_start_is_offered_and_whole():
    assert recipes.START.keys() == recipes.DIALS.keys()
    assert all(recipes.START[dial] in values for dial, values in recipes.DIALS.items())
    assert recipes.checked({}) == recipes.START
    for dial, values in recipes.DIALS.items():
        for value in values:
            whole = {"images": 1_000 if dial == "batch_size" else 50_000} | {dial: value}
            assert recipes.checked(whole)[dial] == value


@pytest.mark.parametrize(("recipe", "words"), [
    (None, "recipe: given None, wanted a dict"),
    ({"breadth": 3}, "recipe: given a dial 'breadth', wanted dials among images"),
    ({3: 3}, "recipe: given a dial 3"),
    ({"width": 0}, "width: given 0, wanted a whole number from 1 to 4,096"),
    ({"width": -3}, "width: given -3"),
    ({"width": 10**9}, "width: given 1000000000"),
    ({"width": 2.5}, "width: given 2.5"),
    ({"width": "wide"}, "width: given 'wide'"),
    ({"width": True}, "width: given True"),
    ({"width": None}, "width: given None"),
    ({"depth": 6}, "depth: given 6, wanted a whole number from 0 to 5"),
    ({"rate": math.nan}, "rate: given nan, wanted a number from 0 to 1,000,000"),
    ({"rate": math.inf}, "rate: given inf"),
    ({"rate": -0.1}, "rate: given -0.1"),
    ({"L2": [0]}, r"L2: given \[0\]"),
    ({"batch_size": 512, "images": 500}, "batch_size: given 512, wanted at most 500, the number"),
    ({"activation": "relu"}, "activation: given 'relu', wanted one of 'ReLU', 'tanh'"),
    ({"activation": ["ReLU"]}, "activation: given"),
    ({"optimiser": "Lion"}, "optimiser: given 'Lion', wanted one of 'SGD', 'momentum', 'Adam'"),
    ({"network": "recurrent"}, "network: given 'recurrent', wanted one of 'dense', 'convolut"),
    ({"batch_norm": True}, "batch_norm: given True, wanted one of 'off', 'on'"),
    ({"batch_norm": "on", "batch_size": 1}, "batch_size: given 1, which leaves a batch of one"),
    ({"batch_norm": "on", "batch_size": 10, "images": 101}, "wanted two or more in each batch"),
    ({"dropout": 1}, "dropout: given 1, wanted a number from 0 to 0.99"),
    ({"dropout": "half"}, "dropout: given 'half'"),
    ({"seed": -1}, "seed: given -1"),
    ({"pixels": "7 x 7"}, "pixels: given '7 x 7'"),
])
def test_a_wrong_recipe_is_refused_in_a_sentence(recipe, words, data):
    with pytest.raises(ValueError, match=words):
        recipes.checked(recipe)
    with pytest.raises(ValueError, match=words):
        recipes.build(recipe)
    with pytest.raises(ValueError, match=words):  # at the call, not at the first record
        recipes.records(recipe, data)


def test_numpys_numbers_become_pythons():
    recipe = recipes.checked({"width": np.int64(7), "rate": np.float32(0.5), "L2": 0})
    assert [type(recipe[dial]) for dial in ("width", "rate", "L2")] == [int, float, float]
    json.dumps(recipe)


def test_a_recipe_does_not_change_its_argument():
    recipe = {"width": 7}
    recipes.checked(recipe)
    assert recipe == {"width": 7}


@pytest.mark.parametrize("pixels", recipes.DIALS["pixels"])
@pytest.mark.parametrize("depth", recipes.DIALS["depth"])
@pytest.mark.parametrize("network", recipes.DIALS["network"])
@pytest.mark.parametrize("batch_norm", recipes.DIALS["batch_norm"])
def test_weights_are_counted_without_building(pixels, depth, network, batch_norm):
    recipe = {"pixels": pixels, "depth": depth, "width": 7, "network": network,
              "batch_norm": batch_norm, "dropout": 0.2}
    net, optimiser, schedule, steps = recipes.build(recipe)
    assert recipes.weights(recipe) == sum(W.size for W, _ in net.parameters())
    assert optimiser.model is net and steps == 5 * 782 and schedule(0) == 0.5
    kinds = [type(layer) for layer in net.layers]
    hidden = depth + 2 * (network == "convolutional")
    assert kinds.count(core.ReLU) == kinds.count(core.Dropout) == hidden
    assert kinds.count(core.BatchNorm) == hidden * (batch_norm == "on")
    assert type(net) is core.Sequential or network == "convolutional"


def test_the_challenge_has_a_recipe():
    assert recipes.weights({"pixels": "14 x 14", "width": 96}) == 19_882


def test_a_layer_is_normalised_before_its_activation_and_dropped_after_it():
    dials = {"depth": 1, "batch_norm": "on", "dropout": 0.2, "activation": "tanh"}
    kinds = {network: [type(layer).__name__ for layer in recipes.network(
        recipes.checked(dials | {"network": network})).layers]
        for network in recipes.DIALS["network"]}
    hidden = ["Linear", "BatchNorm", "Tanh", "Dropout", "Linear"]
    pooled = ["Conv2D", "MaxPool2D", "BatchNorm", "Tanh", "Dropout"]
    assert kinds == {"dense": hidden, "convolutional": [*pooled, *pooled, "Flatten", *hidden]}


@pytest.mark.parametrize("pixels", recipes.DIALS["pixels"])
def test_rows_of_pixels_become_images(pixels, data):
    X = recipes._prepared(recipes.checked(TINY | {"pixels": pixels}), data)[0][:3]
    net = recipes.network(recipes.checked({"pixels": pixels, "network": "convolutional"}))
    side = math.isqrt(X.shape[1])
    images, layers = X.reshape(3, 1, side, side), core.Sequential(*net.layers)
    out = net.forward(X)
    assert np.array_equal(out, layers.forward(images))
    assert np.array_equal(net.backward(out), layers.backward(out).reshape(X.shape))


@pytest.mark.parametrize("pixels", recipes.DIALS["pixels"])
@pytest.mark.parametrize("depth", [0, 1])
def test_a_convolutional_network_learns(data, pixels, depth):
    recipe = TINY | {"network": "convolutional", "pixels": pixels, "depth": depth, "width": 32,
                     "images": 1_000, "epochs": 2, "optimiser": "Adam", "rate": 0.01,
                     "batch_norm": "on", "dropout": 0.1}
    *_, last = recipes.records(recipe, data)
    assert last.val_accuracy > 0.5


@pytest.mark.parametrize("optimiser", recipes.DIALS["optimiser"])
def test_each_optimiser_is_the_cores(optimiser):
    _, made, _, _ = recipes.build({"optimiser": optimiser, "rate": 0.25, "L2": 1e-4})
    assert type(made) is (core.Adam if optimiser == "Adam" else core.Momentum)
    assert (made.lr, made.l2, made.weight_decay) == (0.25, 1e-4, 0)
    assert made.momentum == (0 if optimiser == "SGD" else 0.9)


def test_dropout_has_a_stream_of_its_own(data):
    """So a seed keeps its start and its batches, which older runs had too."""
    for own, first in zip(recipes._streams({"seed": 3}), np.random.default_rng(3).spawn(2)):
        assert own.bit_generator.state == first.bit_generator.state
    plain, dropped = (recipes.network(recipes.checked({"dropout": p})) for p in (0.0, 0.5))
    for (W, _), (other, _) in zip(plain.parameters(), dropped.parameters()):
        assert np.array_equal(W, other)
    losses = [[r.loss for r in recipes.records(TINY | {"dropout": p}, data)] for p in (0, 0.5, 0.5)]
    assert losses[0] != losses[1] == losses[2]


@pytest.mark.parametrize("schedule", recipes.DIALS["schedule"])
@pytest.mark.parametrize("epochs", [1, 30])
def test_a_schedule_stays_between_0_and_the_rate(schedule, epochs):
    _, _, rate, steps = recipes.build(
        TINY | {"schedule": schedule, "rate": 2, "epochs": epochs})
    rates = [rate(step) for step in range(steps)]
    assert 0 < min(rates) <= max(rates) <= 2


def test_a_2_x_2_mean_halves_the_pixels():
    X = np.arange(784, dtype=np.float32).reshape(1, 784)
    assert recipes.halved(X)[0, :2].tolist() == [14.5, 16.5]  # (0 + 1 + 28 + 29) / 4
    assert recipes.halved(X).dtype == np.float32


def test_a_seed_gives_the_same_run_twice_and_the_same_batches_to_two_widths(data):
    first, again = (list(recipes.records(TINY, data)) for _ in range(2))
    assert [r.loss for r in first] == [r.loss for r in again]
    other = list(recipes.records(TINY | {"seed": 1}, data))
    assert [r.loss for r in first] != [r.loss for r in other]
    orders = []
    for width in 4, 8:
        recipe = recipes.checked(TINY | {"width": width})
        orders.append(recipes._streams(recipe)[1].permutation(100).tolist())
    assert orders[0] == orders[1]


@pytest.mark.parametrize("batch_size", [1, 7, 10, 100])
def test_validation_is_measured_about_20_times_and_at_the_end(data, batch_size):
    made = list(recipes.records(TINY | {"batch_size": batch_size}, data))
    measured = [r.step for r in made if r.val_loss is not None]
    assert measured[-1] == made[-1].step == math.ceil(100 / batch_size)
    assert min(len(made), 8) <= len(measured) <= 21


@pytest.mark.parametrize(("broken", "words"), [
    (lambda X, y, Xv, yv: (X, y), "data: given tuple, wanted"),
    (lambda X, y, Xv, yv: (X[:50], y[:50], Xv, yv), "images: given 100, wanted at most 50"),
    (lambda X, y, Xv, yv: (X[:, :700], y, Xv, yv), "data: given .*700.*, wanted images"),
    (lambda X, y, Xv, yv: (X, y - 1, Xv, yv), "labels"),
    (lambda X, y, Xv, yv: (X * np.nan, y, Xv, yv), "X: given nan"),
])
def test_data_that_do_not_fit_are_refused(data, broken, words):
    with pytest.raises(ValueError, match=words):
        recipes.records(TINY, broken(*data))


NAMED = [dial for dial in recipes.DIALS if dial not in recipes.RANGES]


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({
    **{dial: st.sampled_from(recipes.DIALS[dial]) for dial in NAMED},
    **{dial: st.sampled_from([*recipes.DIALS[dial], recipes.RANGES[dial][1]])
       for dial in ("rate", "L2", "dropout")},
    "depth": st.integers(0, 5), "width": st.integers(1, 9), "batch_size": st.sampled_from([2, 50]),
}))
def test_any_recipe_trains_or_diverges_in_a_sentence(data, recipe):
    recipe = recipes.checked(recipe | {"images": recipe["batch_size"] * 2, "epochs": 1})
    try:
        made = list(recipes.records(recipe, [part[:100] for part in data]))
        assert [r.step for r in made] == [1, 2] and math.isfinite(made[-1].val_loss)
    except FloatingPointError as error:
        assert str(error).startswith("step ")
        assert recipes.cure(recipe).startswith("Turn ")
    for spoken in recipe, recipe | {"epochs": 1_000}:
        assert recipes.remedy(spoken).endswith(".")
    assert recipes.weights(recipe) == sum(W.size for W, _ in recipes.network(recipe).parameters())


WORDS = [recipes.DIALS[dial] for dial in ("activation", "start", "optimiser", "schedule", "pixels")]


@pytest.mark.parametrize(("depth", "rate", "l2"), [
    (0, 10.0, 0.0), (5, 10.0, 1e-2), (5, 0.0, 0.0), (1, 1e6, 1e6)])
def test_every_combination_trains_or_diverges_in_a_sentence(data, depth, rate, l2):
    for words in itertools.product(*WORDS):
        names = dict(zip(("activation", "start", "optimiser", "schedule", "pixels"), words))
        recipe = recipes.checked(TINY | names | {
            "depth": depth, "rate": rate, "L2": l2, "width": 4, "batch_size": 50})
        try:
            made = list(recipes.records(recipe, data))
            assert [r.step for r in made] == [1, 2] and math.isfinite(made[-1].val_loss)
        except FloatingPointError as error:
            assert str(error).startswith("step ")
            assert recipes.cure(recipe).startswith("Turn ")


# ---- runs and their text


floats = st.floats(0, 1e30)
sizes = st.integers(2, 1_000).filter(lambda size: 1_000 % size != 1)  # batch_norm refuses one image
names = st.text(max_size=90) | st.just(HOSTILE)


@st.composite
def some_run(draw):
    recipe = recipes.checked({
        **draw(st.fixed_dictionaries({d: st.sampled_from(v) for d, v in recipes.DIALS.items()
                                      if d not in ("images", "batch_size")})),
        "images": 1_000, "batch_size": draw(sizes), "rate": draw(st.floats(0, 10))})
    run = runs.Run(draw(names), recipe)
    every = math.ceil(run.planned / 30)
    for step in range(1, draw(st.integers(0, min(60, run.planned))) + 1):
        run.add(core.Record(step, 1, draw(floats), 0.1, step * 0.01, None, None))
        if step % every == 0:
            run.measure(draw(floats), *draw(st.tuples(st.floats(0, 1), st.floats(0, 1))))
    run.end(draw(st.sampled_from(["done", f"diverged at step {run.steps + 1}"])))
    return run


@settings(max_examples=40)
@given(st.lists(some_run(), max_size=3))
def test_runs_survive_the_way_through_text(some):
    text = runs.packed(some)
    back = runs.unpacked(text)
    assert [run.packed() for run in back] == [run.packed() for run in some]
    assert runs.packed(back) == text
    assert json.loads(text)["version"] == 1
    text.encode()  # no half characters


@settings(max_examples=10)
@given(st.lists(some_run(), min_size=1, max_size=6))
def test_any_runs_make_a_table_and_a_picture(some):
    drawn = {run: number for number, run in enumerate(some)}
    shown = runs.table(some, drawn)
    assert "<img" not in shown and shown.count("<tr") == len(some) + 1
    assert runs.picture(drawn).startswith(b"\x89PNG")


def a_text(**changes):
    """The text of one run, with changes to that run."""
    run = runs.Run("one", recipes.checked(TINY))
    for step in range(1, 11):
        run.add(core.Record(step, 1, 1 / step, 0.1, step * 0.01, None, None))
    run.measure(0.5, 0.9, 0.95)
    run.end("done")
    return json.dumps({"format": runs.FORMAT, "version": 1, "runs": [run.packed() | changes]})


def curve(**changes):
    return json.loads(a_text())["runs"][0]["curve"] | changes


BAD_TEXTS = [
    ("", "text: given nothing"),
    ("hello", "text: given no whole JSON"),
    (a_text()[:200], "text: given no whole JSON"),
    ("[" * 100_000, "text: given no whole JSON"),
    ("9" * 10_000, "text: given no whole JSON"),
    (" " * 5_000_001, "text: given 5,000,001 characters, wanted at most"),
    ("[]", "format: given JSON of something else"),
    ('{"cells": [], "nbformat": 4}', "format: given JSON of something else"),
    (a_text().replace('"version": 1', '"version": 2'), "version: given 2, wanted 1"),
    (a_text().replace('"version": 1', '"version": true'), "version: given True, wanted 1"),
    (a_text().replace('"version": 1, ', ""), "version: given None, wanted 1"),
    (a_text().replace('"runs": [', '"runs": 3, "x": ['), "runs: given no list"),
    (json.dumps({"format": runs.FORMAT, "version": 1, "runs": [{}] * 201}), "given 201 runs"),
    (json.dumps({"format": runs.FORMAT, "version": 1, "runs": [7]}), "run 1, keys: given no run"),
    (a_text(extra=1), "run 1, keys"),
    (a_text(name=None), "run 1, name: given None"),
    (a_text(recipe=[]), r"run 1, recipe: given \[\]"),
    (a_text(recipe={"width": 3}), "run 1, recipe"),
    (a_text(recipe=recipes.START | {"width": 0}), "run 1, width: given 0"),
    (a_text(recipe=recipes.START | {"html": "<b>"}), "run 1, recipe: given a dial 'html'"),
    (a_text(weights=3), "run 1, weights: given 3"),
    (a_text(ending="<script>"), "run 1, ending"),
    (a_text(ending=["done"]), "run 1, ending"),
    (a_text(seconds=math.nan), "run 1, seconds: given nan"),
    (a_text(seconds=-1), "run 1, seconds: given -1"),
    (a_text(steps=1.5), "run 1, steps: given 1.5"),
    (a_text(curve=None), "run 1, curve"),
    (a_text(curve=curve(loss=[1.0])), "run 1, curve of loss: given lists of lengths"),
    (a_text(curve=curve(step=[1] * 10)), "run 1, step: given steps out of order"),
    (a_text(curve=curve(step=list(range(1001)), loss=[0.0] * 1001)), "at most 1,000"),
    (a_text(curve=curve(loss=[math.inf] * 10)), "run 1, loss: given inf"),
    (a_text(curve=curve(loss=[{}] * 10)), "run 1, loss: given {}"),
    (a_text(curve=curve(val_accuracy=[1.5])), "run 1, val_accuracy: given 1.5"),
    (a_text(curve=curve(val_step=[10**6])), "run 1, val_step: given 1000000"),
]


def test_the_text_of_these_tests_is_good():
    assert runs.unpacked(a_text())[0].accuracy == 0.9


@pytest.mark.parametrize(("text", "words"), BAD_TEXTS, ids=range(len(BAD_TEXTS)))
def test_a_text_of_another_make_is_refused_in_a_sentence_and_nothing_changes(play, text, words):
    async def scenario(panel):
        panel.load(a_text())
        with pytest.raises(ValueError, match=words):
            panel.load(text)
        panel._load(text)
        assert "Nothing was imported." in panel.status.value and "<" not in panel.status.value
        assert len(panel.runs) == len(panel.rows) == len(panel.chooser.children) == 1

    play(scenario)


@pytest.mark.parametrize("lacking", [runs.LATER, ["dropout"], []])
def test_a_text_of_before_the_later_dials_is_imported(play, lacking):
    """Such a recipe had images to seed, without network, batch_norm and dropout."""
    async def scenario(panel):
        old = {dial: value for dial, value in recipes.checked(TINY).items() if dial not in lacking}
        assert panel.load(a_text(recipe=old)) == "Imported 1 run."
        assert panel.runs[0].recipe == recipes.checked(TINY)
        assert panel.load(a_text()).startswith("Nothing new")
        panel.turn(panel.runs[0].recipe)

    assert all(recipes.START[dial] == value for dial, value in runs.LATER.items())
    play(scenario)


def test_no_half_of_a_text_is_imported(play):
    async def scenario(panel):
        good, bad = json.loads(a_text()), json.loads(a_text(seconds=-1))
        with pytest.raises(ValueError, match="run 2, seconds"):
            panel.load(json.dumps(good | {"runs": good["runs"] + bad["runs"]}))
        assert panel.runs == []

    play(scenario)


def test_html_in_a_name_is_shown_and_not_obeyed(play):
    async def scenario(panel):
        panel.load(a_text(name=HOSTILE))
        assert "&lt;img src=x" in panel.table.value and "<img" not in panel.table.value
        assert "<" not in panel.rows[panel.runs[0]].children[0].description
        assert bytes(panel.curve.value).startswith(b"\x89PNG")
        panel.name.value = HOSTILE
        run = await trained(panel)
        assert "<img" not in panel.status.value + panel.table.value
        assert run.name.endswith("(2)")

    play(scenario)


def test_names_are_what_was_turned():
    base = recipes.START
    assert runs.proposed(1, base, base) == "run 1"
    assert runs.proposed(4, base, base) == "run 4: the same again"
    assert runs.proposed(3, base | {"width": 48, "rate": 0.2}, base) == "run 3: width 48, rate 0.2"
    assert runs.proposed(2, base | {"L2": 1e-5}, base) == "run 2: L2 1e\u22125"
    far = {"images": 1_000, "pixels": "14 x 14", "width": 512, "depth": 5, "activation": "tanh"}
    assert runs.proposed(9, base | far, base) == (
        "run 9: images 1000, pixels 14 x 14, width 512, depth 5, …")


@given(names, st.lists(names, max_size=4))
def test_names_are_short_visible_and_of_one_run_alone(name, others):
    taken = [runs.Run(other, recipes.START) for other in others]
    new = runs.unused(name, taken)
    assert 0 < len(new) <= runs.NAME_LETTERS and new.isprintable()
    assert new not in [run.name for run in taken]


def test_a_curve_keeps_200_points_of_any_training():
    run = runs.Run("long", recipes.START | {"epochs": 30})
    for step in range(1, run.planned + 1):
        run.add(core.Record(step, 1, 1.0, 0.1, 1.0, None, None))
    run.end("done")
    assert 190 <= len(run.curve["loss"]) <= 201 and run.curve["step"][-1] == run.planned
    assert set(run.curve["loss"]) == {1.0}


# ---- the panel


def test_a_run_is_trained_kept_and_shown(play):
    async def scenario(panel):
        pictures = []
        panel.curve.observe(lambda change: pictures.append(change["new"]), "value")
        assert "6,370 weights and 40 steps" in panel.size.value
        run = await trained(panel)
        assert run.ending == "done" and run.steps == 40 and run.accuracy > 0.5
        assert panel.status.value.startswith("run 1: ") and ": done, " in panel.status.value
        assert bytes(pictures[-1]).startswith(b"\x89PNG")
        assert panel.progress.value == panel.progress.max == 40
        assert panel.stop_button.disabled and "★ best" in panel.table.value
        assert panel.name.value == "run 2: the same again"

    play(scenario, epochs=4)


def test_two_runs_in_a_row_stand_side_by_side_under_their_names(play):
    async def scenario(panel):
        await trained(panel)
        panel.turn(panel.begin | {"width": 16})
        await until(lambda: panel.name.value == "run 2: width 16")
        await trained(panel)
        panel.name.value = "mine"
        await trained(panel, rate=0.05)
        assert [run.name for run in panel.runs][1:] == ["run 2: width 16", "mine"]
        assert list(panel.drawn.values()) == [0, 1, 2]
        assert "width 16, rate 0.05" in panel.table.value
        both = panel.curve.value
        panel.rows[panel.runs[1]].children[0].value = False
        await until(lambda: panel.curve.value != both)
        assert list(panel.drawn.values()) == [0, 2]
        panel.remove(panel.runs[0])
        panel.remove(panel.runs[0])
        assert [run.name for run in panel.runs] == ["mine"] and "run 1" not in panel.table.value

    play(scenario)


def test_reset_turns_the_dials_back_and_keeps_the_runs(play):
    async def scenario(panel):
        await trained(panel, width=512, rate=0.1, schedule="cosine")
        panel.reset()
        assert panel.recipe() == panel.begin and len(panel.runs) == 1
        panel.turn(panel.begin | {"width": 37})  # a value that was not offered
        assert panel.recipe()["width"] == 37
        with pytest.raises(ValueError, match="images"):
            panel.turn(panel.begin | {"images": 60_000})

    play(scenario)


def test_seven_runs_and_six_in_the_picture(play):
    async def scenario(panel):
        for _ in range(7):
            await trained(panel)
        assert len(panel.runs) == 7 and list(panel.drawn) == panel.runs[1:]
        assert sorted(panel.drawn.values()) == list(range(6))
        assert [panel.rows[run].children[0].value for run in panel.runs] == [False] + 6 * [True]

    play(scenario)


def test_stop_keeps_the_run_with_its_accuracy(play):
    async def scenario(panel):
        panel.stop_button.click()
        panel.train_button.click()
        await until(lambda: panel.runs and panel.runs[0].steps > 3)
        panel.stop_button.click()
        panel.stop_button.click()
        await until(lambda: panel.stop_button.disabled)
        (run,) = panel.runs
        assert run.ending == f"stopped at step {run.steps}" and run.steps < run.planned
        assert run.accuracy is not None and run.curve["val_step"] == [run.steps]
        assert run.ending in panel.status.value

    play(scenario, epochs=1_000)


def test_train_during_training_keeps_the_run_under_way(play):
    async def scenario(panel):
        panel.train_button.click()
        await until(lambda: panel.curve.value)
        panel.dials["rate"].value = 0.05
        await until(lambda: playground.TURNED in panel.status.value)
        panel.train_button.click()
        await until(lambda: len(panel.runs) == 2 and panel.runs[0].ending and panel.runs[1].steps)
        first, second = panel.runs
        assert first.ending == f"stopped at step {first.steps}" and not second.ending
        assert not panel.stop_button.disabled and second.recipe["rate"] == 0.05
        assert f"{first.ending}, and is kept" in panel.note
        panel.stop_button.click()
        await until(lambda: second.ending)

    play(scenario, epochs=1_000)


def test_removing_the_run_under_way_stops_it(play):
    async def scenario(panel):
        panel.train_button.click()
        await until(lambda: panel.curve.value)
        panel.remove(panel.runs[0])
        await until(lambda: panel.stop_button.disabled)
        assert panel.runs == [] and not panel.table.value and not panel.curve.value
        assert (await trained(panel, epochs=1)).ending == "done"

    play(scenario, epochs=1_000)


def test_a_divergence_names_the_dial_and_stays_in_the_table(play):
    async def scenario(panel):
        run = await trained(panel, rate=1e6, depth=3, start="normal 1", schedule="constant")
        assert run.ending.startswith("diverged at step ")
        assert "Turn start to He" in panel.status.value and run.ending in panel.table.value
        run = await trained(panel, start="He")
        assert run.ending.startswith("diverged at") and "Turn rate down." in panel.status.value
        run = await trained(panel, rate=0.1, L2=0.0)
        assert run.ending == "done"

    play(scenario, epochs=5)


def test_a_network_that_learns_nothing_gets_a_hint(play):
    async def scenario(panel):
        await trained(panel, start="zeros", depth=3)
        assert "turn epochs up, or batch_size down" in panel.status.value  # it took 10 steps
        await trained(panel, epochs=10)
        assert "turn start to He" in panel.status.value
        await trained(panel, start="He", rate=0.0)
        if panel.runs[-1].accuracy < 0.3:
            assert "turn rate up" in panel.status.value

    play(scenario, epochs=2)


@pytest.mark.parametrize(("error", "ending", "words"), [
    (KeyboardInterrupt(), "stopped at step 4", "It was interrupted."),
    (RuntimeError("no <memory>"), "failed at step 4", "RuntimeError: no &lt;memory&gt;"),
    (ValueError("dW: given 3"), "failed at step 4", "dW: given 3"),
])
def test_an_error_or_interruption_inside_leaves_the_panel_usable(
        play, monkeypatch, error, ending, words):
    class Faulty(core.Momentum):
        steps = 0

        def step(self):
            self.steps += 1
            if self.steps == 5 and self.l2:
                raise error
            super().step()

    async def scenario(panel):
        run = await trained(panel, L2=1e-3)
        assert run.ending == ending and words in panel.status.value
        assert panel.stop_button.disabled and ending in panel.table.value
        assert (await trained(panel, L2=0.0)).ending == "done"
        assert len(panel.runs) == 2

    monkeypatch.setitem(recipes.OPTIMISERS, "SGD", lambda net, lr, l2: Faulty(net, lr, 0, l2))
    play(scenario)


def test_a_cancelled_task_keeps_its_run(play):
    async def scenario(panel):
        panel.train_button.click()
        await until(lambda: panel.curve.value)
        panel.task.cancel()
        await until(lambda: panel.runs[0].ending)
        assert panel.runs[0].ending.startswith("stopped") and "interrupted" in panel.status.value
        assert (await trained(panel, epochs=1)).ending == "done"

    play(scenario, epochs=1_000)


def test_settings_that_do_not_go_together_are_a_sentence(play):
    async def scenario(panel):
        panel.turn(panel.begin | {"images": 1_000, "batch_size": 1_000})
        panel.dials["images"].value = 100
        panel.train_button.click()
        await until(lambda: "batch_size: given 1000, wanted at most 100" in panel.status.value)
        assert panel.runs == [] and panel.run is None
        assert (await trained(panel, batch_size=10)).ending == "done"

    play(scenario)


def test_a_broken_picture_ends_the_run_in_a_sentence(play, monkeypatch):
    def broken(drawn):
        raise RuntimeError("no ink")

    async def scenario(panel):
        with monkeypatch.context() as patch:
            patch.setattr(playground, "picture", broken)
            panel.train_button.click()
            await until(lambda: panel.runs and panel.runs[0].ending)
        assert "no ink" in panel.status.value and panel.run is None
        assert (await trained(panel)).ending == "done"

    play(scenario)


def test_buttons_may_be_pressed_from_another_thread(play):
    """JupyterLab sends the clicks of a panel to a thread of their own, a subshell."""
    async def scenario(panel):
        await asyncio.to_thread(panel.train_button.click)
        await until(lambda: panel.curve.value)
        box = panel.rows[panel.runs[0]].children[0]
        await asyncio.to_thread(setattr, box, "value", False)
        await until(lambda: not panel.drawn)
        await asyncio.to_thread(panel.stop_button.click)
        await until(lambda: panel.runs[0].ending)

    play(scenario, epochs=1_000)


def test_a_convolutional_network_with_every_new_dial_trains_in_the_panel(play):
    async def scenario(panel):
        run = await trained(panel, network="convolutional", optimiser="Adam", rate=0.01,
                            batch_norm="on", dropout=0.2)
        assert run.ending == "done" and run.accuracy is not None
        assert "network convolutional" in run.name and "batch norm on" in panel.table.value
        assert "These dials make 5,634 weights" in panel.size.value
        with pytest.raises(ValueError, match="two or more in each batch"):
            panel.turn(panel.recipe() | {"batch_size": 1})
        panel.dials["batch_norm"].value = "off"
        panel.turn(panel.recipe() | {"batch_size": 1})
        panel.dials["batch_norm"].value = "on"
        await until(lambda: "no network (batch_size: given 1" in panel.size.value)
        panel.train_button.click()
        await until(lambda: "two or more in each batch" in panel.status.value)
        assert len(panel.runs) == 1

    play(scenario)


def test_the_loop_stays_free_while_it_trains(play):
    async def scenario(panel):
        panel.train_button.click()
        await until(lambda: panel.curve.value)
        turns, step = 0, panel.runs[0].steps
        while panel.runs[0].steps < step + 200:
            await asyncio.sleep(0)
            turns += 1
        assert turns >= 150
        panel.stop()
        await until(lambda: panel.runs[0].ending)

    play(scenario, epochs=1_000)


def test_export_and_import_by_their_buttons(play, data):
    async def scenario(panel):
        await trained(panel)
        await trained(panel, width=16)
        export, load, upload, _ = panel.box.children[7].children
        export.click()
        await until(lambda: "holds 2 runs" in panel.status.value)
        text = panel.text.value
        assert text == panel.export() and 'download="playground.json"' in panel.link.value
        load.click()
        await until(lambda: "Nothing new in this text. 2 runs of it were" in panel.status.value)
        for run in list(panel.runs):
            panel.remove(run)
        load.click()
        await until(lambda: "Imported 2 runs." in panel.status.value)
        assert panel.export() == text
        assert panel.load(text.replace('"name": "run', '"name": "fun')) == (
            "Nothing new in this text. 2 runs of it were here already.")
        run = panel.runs[0]
        panel.remove(run)
        assert panel.load(text) == "Imported 1 run. 1 run of it was here already."

    play(scenario)


@pytest.mark.parametrize("files", [
    lambda text: {"a.json": {"metadata": {}, "content": text}},  # ipywidgets 7
    lambda text: ({"name": "a.json", "content": memoryview(text)},),  # ipywidgets 8
])
def test_a_chosen_file_is_imported(play, monkeypatch, files):
    async def scenario(panel):
        class Chosen:
            value = files(a_text().encode())

        panel.upload = Chosen
        panel._uploaded()
        assert "Imported 1 run." in panel.status.value
        Chosen.value = files(b"\xff\x00")
        panel._uploaded()
        assert "Nothing was imported." in panel.status.value and len(panel.runs) == 1

    play(scenario)


def test_an_export_in_mid_run_holds_the_run_as_it_stands(play):
    async def scenario(panel):
        panel.train_button.click()
        await until(lambda: panel.runs and panel.runs[0].steps > 100)
        (run,) = runs.unpacked(panel.export())
        assert run.ending == f"stopped at step {run.steps}"
        panel.stop()
        await until(lambda: panel.runs[0].ending)

    play(scenario, epochs=1_000)


def test_show_displays_the_bundle_and_offers_the_runs_of_the_panel_before(data, monkeypatch):
    shown = []
    monkeypatch.setattr(labs, "display", lambda bundle, raw: shown.append((bundle, raw)))
    monkeypatch.setattr(labs, "_panels", {})

    async def main():
        first = playground.show(data, still="<p>still</p>", **TINY)
        await trained(first)
        first.train_button.click()
        await until(lambda: first.run)
        second = playground.show(data, **TINY)
        await until(lambda: first.run is None)
        assert "The panel before this one had 1 run: press Import" in second.status.value
        third = playground.show(data, **TINY)  # "Run all" again, nothing imported
        assert "The panel before this one had 1 run: press Import" in third.status.value
        third._import()
        assert third.runs[0].packed() == first.runs[0].packed()
        fourth = playground.show(data, **TINY)  # imported: offered once, not twice
        assert "had 1 run:" in fourth.status.value and len(runs.unpacked(fourth.text.value)) == 1

    asyncio.run(main())
    bundle, raw = shown[0]
    assert raw and bundle["text/html"] == "<p>still</p>"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].startswith("The playground: run this cell to train. It begins with")


def test_a_panel_with_a_wrong_start_is_refused(data):
    async def main():
        with pytest.raises(ValueError, match="width: given 0"):
            playground.Playground(data, width=0)
        with pytest.raises(ValueError, match="optimiser: given 'Lion'"):
            playground.Playground(data, optimiser="Lion")

    asyncio.run(main())


def peak():
    """The most memory that this process has held so far, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def test_memory_stays_flat_over_twenty_runs(play):
    """Nets and pictures go: twenty runs add a few short lists and rows of widgets."""
    async def scenario(panel):
        for _ in range(2):
            await trained(panel)
        before = peak()
        for seed in range(20):
            await trained(panel, seed=seed)
        print(f"twenty runs: {peak() - before:.1f} MiB")
        assert 20 * recipes.weights(panel.recipe()) * 4 > 100 * 2**20  # the nets, were they kept
        assert len(panel.runs) == 22 and peak() - before < 50

    play(scenario, width=512, depth=5)


# ---- what to turn


@pytest.mark.parametrize(("recipe", "dial", "better"), [
    ({"batch_size": 1_000, "rate": 0.005}, "epochs", {"epochs": 100}),
    ({"L2": 1.0}, "L2", {"L2": 0.01}),
    ({"start": "normal 1", "depth": 3, "rate": 0.1}, "start", {"start": "He"}),
    ({"start": "zeros"}, "start", {"start": "He"}),
    ({"start": "zeros", "rate": 10.0}, "rate", {"start": "He", "rate": 0.1}),
    ({"rate": 0.0001}, "rate up", {"rate": 0.1}),
    ({"batch_size": 1, "rate": 2.0}, "batch_size", {"batch_size": 32}),
    ({"width": 2}, "width", {"width": 32}),
    ({"rate": 10.0}, "rate down", {"rate": 0.1}),
    ({"optimiser": "Adam", "rate": 1.0, "depth": 3}, "rate down, for Adam to about 0.001",
     {"rate": 0.001}),
    ({"dropout": 0.9, "depth": 3, "rate": 0.1}, "dropout down", {"dropout": 0.0}),
    ({"network": "convolutional", "start": "zeros", "depth": 0, "rate": 0.1}, "start",
     {"start": "He"}),
])
def test_the_dial_named_after_a_poor_run_helps(recipe, dial, better, data):
    poor = recipes.checked({"images": 2_000, "batch_size": 20, "epochs": 1} | recipe)
    assert dial in recipes.remedy(poor)
    before, after = (list(recipes.records(r, data))[-1].val_accuracy
                     for r in (poor, poor | better))
    assert before <= 0.3 < after, (before, after)


@pytest.mark.parametrize(("recipe", "words"), [
    ({"start": "normal 1", "dropout": 0.9}, "Turn start to He or Xavier; if"),
    ({"L2": 1e-2, "rate": 20}, "Turn L2 down, or rate."),
    ({"dropout": 0.9, "depth": 5}, "Turn dropout down, or rate."),
    ({"dropout": 0.9, "depth": 0}, "Turn rate down."),  # which drops nothing
    ({"optimiser": "Adam"}, "Turn rate down, for Adam to about 0.001."),
    ({"optimiser": "momentum"}, "Turn rate down."),
])
def test_the_dial_named_after_a_divergence(recipe, words):
    assert recipes.cure(recipes.checked(recipe)).startswith(words)


def test_a_high_dropout_may_diverge_and_its_cure_helps(data):
    recipe = recipes.checked(
        {"images": 2_000, "batch_size": 20, "epochs": 1, "dropout": 0.9, "depth": 5, "rate": 0.1})
    with pytest.raises(FloatingPointError):
        list(recipes.records(recipe, data))
    assert list(recipes.records(recipe | {"dropout": 0.0}, data))[-1].val_accuracy > 0.3


# ---- the check of exercise 18.1

SOLUTION = {  # of the chapter, on fewer images
    "pixels": "14 x 14", "width": 64, "depth": 2, "rate": 0.2, "optimiser": "momentum",
    "schedule": "warm-up and linear", "L2": 3e-4, "images": 2_000, "epochs": 2}
FAILURES = {
    "the stub": ({}, "50,890 weights are too many, wanted fewer than 20,000. 50,240 of them"),
    "no recipe": (None, "wants a recipe, a dict such as {'width': 32}; it was given NoneType None"),
    "a list": ([32], "it was given list [32]"),
    "a dial of no name": ({"breadth": 24}, "no network: recipe: given a dial 'breadth'"),
    "a word for a number": ({"width": "24"}, "That recipe has no network: width: given '24'"),
    "one unit too many": ({"width": 26}, "20,680 weights are too many"),
    "too long": (SOLUTION | {"batch_size": 1, "epochs": 30}, "60,000 steps take too long"),
    "more images than there are": ({"width": 24}, "does not go with the data: images: given 50000"),
    "a convolution": (SOLUTION | {"network": "convolutional"}, "with 15,338 weights here"),
    "a huge rate": (SOLUTION | {"rate": 1e6, "L2": 0.0}, "It diverged (step"),
    "a huge decay": (SOLUTION | {"L2": 1e5}, "Turn L2 down, or rate."),
    "a start of zeros": (SOLUTION | {"start": "zeros", "epochs": 4}, "turn start to He or Xavier"),
    "by heart": (SOLUTION | {"images": 10, "batch_size": 10, "epochs": 300}, "try L2, or more im"),
    "too little": (SOLUTION | {"rate": 0.002}, "so it could learn more"),
}


def test_the_check_of_a_recipe_passes_the_solution(data):
    attempt = dict(SOLUTION)
    passed, sentence = checks.small_and_good.judge(attempt, data)
    assert passed and "with 17,418 weights and seed 0" in sentence
    assert attempt == SOLUTION


@pytest.mark.parametrize("failure", FAILURES)
def test_the_check_of_a_recipe_says_what_is_wrong(failure, data, capsys):
    attempt, words = FAILURES[failure]
    checks.small_and_good(attempt, data)
    verdict = capsys.readouterr().out
    assert verdict.startswith("Not yet. ") and words in verdict
