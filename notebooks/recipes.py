"""Recipes of the playground: what a network is made of and how it is trained, as a plain dict.

A recipe names a value for each dial. This module checks it, counts its weights, builds its network
and trains it. It knows nothing of widgets.
"""

import math

import numpy as np

import mnist_core as core
from mnist_core import require

DIALS = {
    "images": [1_000, 2_000, 5_000, 10_000, 20_000, 50_000],
    "pixels": ["28 x 28", "14 x 14"],
    "network": ["dense", "convolutional"],
    "width": [4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512],
    "depth": [0, 1, 2, 3, 4, 5],
    "activation": ["ReLU", "tanh", "sigmoid"],
    "batch_norm": ["off", "on"],
    "dropout": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    "start": ["He", "Xavier", "normal 0.01", "normal 1", "zeros"],
    "optimiser": ["SGD", "momentum", "Adam"],
    "rate": [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0],
    "schedule": ["constant", "linear", "cosine", "step", "warm-up and linear"],
    "batch_size": [1, 4, 8, 16, 32, 64, 128, 256, 512, 1_000],
    "L2": [0.0, 1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 1e-2],
    "epochs": [1, 2, 3, 5, 8, 12, 20, 30],
    "seed": [0, 1, 2, 3, 4],
}
START = {
    "images": 50_000, "pixels": "28 x 28", "network": "dense", "width": 64, "depth": 1,
    "activation": "ReLU", "batch_norm": "off", "dropout": 0.0, "start": "He", "optimiser": "SGD",
    "rate": 0.5, "schedule": "linear", "batch_size": 64, "L2": 0.0, "epochs": 5, "seed": 0,
}
RANGES = {  # what the dials with numbers take, offered or not
    "images": (1, 60_000), "width": (1, 4_096), "depth": (0, 5), "batch_size": (1, 60_000),
    "epochs": (1, 1_000), "seed": (0, 2**32), "rate": (0.0, 1_000_000), "L2": (0.0, 1_000_000),
    "dropout": (0.0, 0.99),
}
ACTIVATIONS = {"ReLU": core.ReLU, "tanh": core.Tanh, "sigmoid": core.Sigmoid}
STARTS = {
    "He": core.he_normal, "Xavier": core.xavier_normal, "normal 0.01": core.normal(0.01),
    "normal 1": core.normal(1), "zeros": core.zeros,
}
OPTIMISERS = {  # SGD is momentum without any; L2 pulls at the biases too
    "SGD": lambda net, rate, L2: core.Momentum(net, rate, 0, L2),
    "momentum": lambda net, rate, L2: core.Momentum(net, rate, 0.9, L2),
    "Adam": lambda net, rate, L2: core.Adam(net, rate, l2=L2),
}
REACH = {"SGD": 1, "momentum": 10, "Adam": 100}  # a rate does what so many times it does to SGD
KERNELS = {"28 x 28": (5, 0), "14 x 14": (3, 1)}  # size and padding of the convolutions
CHANNELS = [1, 8, 16]  # into and out of them
SCHEDULES = {  # (rate, steps) -> a function of the step
    "constant": lambda rate, steps: lambda step: rate,
    "linear": core.linear_decay,
    "cosine": core.cosine_decay,
    "step": lambda rate, steps: core.step_decay(rate, math.ceil(steps / 4), 0.5),
    "warm-up and linear": lambda rate, steps: core.warmup(
        core.linear_decay(rate, steps), math.ceil(steps / 10)),
}
MEASURED = 20  # times a run that validation is measured, at most one more


def checked(recipe):
    """Return the recipe with every dial, in the order of DIALS; where silent, as in START.

    Numbers need not be among the values offered. ValueError names the dial, what was given and
    what was wanted.
    """
    require(isinstance(recipe, dict), "recipe", repr(recipe), "a dict of dials and values")
    for dial in recipe:
        require(dial in DIALS, "recipe", f"a dial {dial!r}", f"dials among {', '.join(DIALS)}")
    whole = {dial: _value(dial, (START | recipe)[dial]) for dial in DIALS}
    most = f"at most {whole['images']}, the number of images"
    require(whole["batch_size"] <= whole["images"], "batch_size", whole["batch_size"], most)
    last = whole["images"] % whole["batch_size"] or whole["batch_size"]
    require(whole["batch_norm"] == "off" or last > 1, "batch_size", f"{whole['batch_size']}, which "
            "leaves a batch of one image", "two or more in each batch, for batch_norm")
    return whole


def _value(dial, given):
    """The checked value of one dial, as Python's own int, float or str."""
    if isinstance(given, np.generic):
        given = given.item()
    if dial not in RANGES:
        fits = isinstance(given, str) and given in DIALS[dial]
        require(fits, dial, repr(given), f"one of {', '.join(map(repr, DIALS[dial]))}")
        return given
    least, most = RANGES[dial]
    kinds = int if isinstance(least, int) else (int, float)
    numeric = isinstance(given, kinds) and not isinstance(given, bool)
    wanted = f"a {'whole ' if kinds is int else ''}number from {least:g} to {most:,}"
    require(numeric and least <= given <= most, dial, repr(given), wanted)  # nan fails it too
    return given if kinds is int else float(given)


# ---- the network


class Images(core.Sequential):
    """Layers for images (N, 1, H, W), which come as rows (N, H W)."""

    def forward(self, x):
        side = math.isqrt(x.shape[1])
        return super().forward(x.reshape(-1, 1, side, side))

    def backward(self, dout):
        return super().backward(dout).reshape(len(dout), -1)


def is_convolutional(recipe):
    return recipe["network"] == "convolutional"


def sizes(recipe):
    """Return [inputs, width, ..., width, 10]: the units of each dense layer, from the input on."""
    side, inputs = int(recipe["pixels"].split()[0]), 1
    if is_convolutional(recipe):
        kernel, padding = KERNELS[recipe["pixels"]]
        for _ in CHANNELS[1:]:
            side = (side + 2 * padding - kernel + 1) // 2  # pooled
        inputs = CHANNELS[-1]
    return [inputs * side * side, *[recipe["width"]] * recipe["depth"], 10]


def weights(recipe):
    """Return the number of weights and biases, without building the network."""
    recipe = checked(recipe)
    units, normalised = sizes(recipe), recipe["width"] * recipe["depth"]
    total = sum((n_in + 1) * n_out for n_in, n_out in zip(units, units[1:]))
    if is_convolutional(recipe):
        entries = KERNELS[recipe["pixels"]][0] ** 2  # of a kernel
        total += sum((entries * n_in + 1) * n_out for n_in, n_out in zip(CHANNELS, CHANNELS[1:]))
        normalised += sum(CHANNELS[1:])
    return total + 2 * normalised * (recipe["batch_norm"] == "on")  # gamma and beta


def build(recipe):
    """Return (net, optimiser, schedule, steps) of a recipe."""
    recipe = checked(recipe)
    net = network(recipe)
    optimiser = OPTIMISERS[recipe["optimiser"]](net, recipe["rate"], recipe["L2"])
    steps = recipe["epochs"] * math.ceil(recipe["images"] / recipe["batch_size"])
    return net, optimiser, SCHEDULES[recipe["schedule"]](recipe["rate"], steps), steps


def network(recipe):
    """Return the network of a whole recipe, at its start.

    A convolution is pooled; batch normalisation stands before an activation, dropout after it.
    """
    rng, _, drops = _streams(recipe)
    start, units, layers = STARTS[recipe["start"]], sizes(recipe), []

    def hidden(n):
        """The layers that follow n units or channels."""
        norm = [core.BatchNorm(n)] if recipe["batch_norm"] == "on" else []
        drop = [core.Dropout(recipe["dropout"], drops)] if recipe["dropout"] else []
        return [*norm, ACTIVATIONS[recipe["activation"]](), *drop]

    if is_convolutional(recipe):
        kernel, padding = KERNELS[recipe["pixels"]]
        for n_in, n_out in zip(CHANNELS, CHANNELS[1:]):
            layers += [core.Conv2D(n_in, n_out, kernel, rng, padding=padding, init=start),
                       core.MaxPool2D(2), *hidden(n_out)]
        layers.append(core.Flatten())
    for n_in, n_out in zip(units, units[1:-1]):
        layers += [core.Linear(n_in, n_out, rng, start), *hidden(n_out)]
    layers.append(core.Linear(*units[-2:], rng, start))
    return (Images if is_convolutional(recipe) else core.Sequential)(*layers)


def _streams(recipe):
    """Streams of randomness: for the weights, for the order of the images, for dropout.

    So recipes of one seed share their mini-batches, whatever their networks.
    """
    return np.random.default_rng(recipe["seed"]).spawn(3)


# ---- its training


def records(recipe, data):
    """Train; return a generator of a Record a step. Validation is measured about 20 times.

    data  (X, y, X_val, y_val); the first `images` of X and y are used
    ValueError at the call for what does not fit; FloatingPointError, naming the step, when the
    training diverges.
    """
    return training(recipe, data)[-1]


def training(recipe, data):
    """Return (net, (X, y, X_val, y_val), records): what `records` trains, and on what."""
    recipe = checked(recipe)
    X, y, X_val, y_val = seen = _prepared(recipe, data)
    net, optimiser, schedule, steps = build(recipe)
    made = core.fit(
        net, optimiser, X, y, epochs=recipe["epochs"], batch_size=recipe["batch_size"],
        rng=_streams(recipe)[1], schedule=schedule, validation=(X_val, y_val),
        validate_every=math.ceil(steps / MEASURED))
    return net, seen, _measured_at_the_end(made, net, X_val, y_val, steps)


def _prepared(recipe, data):
    """The arrays of data, as many images and pixels as the recipe asks for."""
    fits = isinstance(data, (tuple, list)) and len(data) == 4
    require(fits, "data", type(data).__name__, "(X, y, X_val, y_val)")
    X, y, X_val, y_val = data
    flat = all(np.ndim(images) == 2 and images.shape[1] == 784 for images in (X, X_val))
    require(flat, "data", f"{np.shape(X)} and {np.shape(X_val)}", "images (N, 784)")
    most = f"at most {len(X)}, as many as there are"
    require(recipe["images"] <= len(X), "images", recipe["images"], most)
    X, y = X[:recipe["images"]], y[:recipe["images"]]
    if recipe["pixels"] == "14 x 14":
        X, X_val = halved(X), halved(X_val)
    return X, y, X_val, y_val


def halved(X):
    """Return images (N, 196) of images (N, 784): each pixel the mean of 2 x 2."""
    return X.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)  # (N, 196)


def _measured_at_the_end(records, net, X_val, y_val, steps):
    """The same records, where the last one has its validation in any case."""
    for record in records:
        if record.step == steps and record.val_loss is None:
            try:
                val_loss, val_accuracy = core.evaluate(net, X_val, y_val)
            except FloatingPointError as error:
                raise FloatingPointError(f"step {steps}, lr {record.lr:g}: {error}") from None
            record = record._replace(val_loss=val_loss, val_accuracy=val_accuracy)
        yield record


# ---- what to turn


def cure(recipe):
    """The dial to turn after a divergence, in a sentence."""
    if recipe["start"] == "normal 1":
        return "Turn start to He or Xavier; if it still diverges, turn rate down."
    if recipe["rate"] * recipe["L2"] > 0.1:
        return "Turn L2 down, or rate."
    if _has_hidden_units(recipe) and recipe["dropout"] >= 0.5:
        return "Turn dropout down, or rate."
    return f"Turn {_rate_down(recipe)}."


def remedy(recipe):
    """The dial to turn after a run that reads little better than guessing, in a sentence."""
    steps = recipe["epochs"] * math.ceil(recipe["images"] / recipe["batch_size"])
    inner = _has_hidden_units(recipe)
    starts = ("He", "Xavier") if recipe["batch_norm"] == "off" else set(STARTS) - {"zeros"}
    reach = recipe["rate"] * REACH[recipe["optimiser"]]
    down = _rate_down(recipe)
    if steps < 100:
        return f"It took {steps} steps: turn epochs up, or batch_size down."
    if recipe["L2"] >= 0.1:
        return "It learned next to nothing: turn L2 down."
    if inner and recipe["start"] not in starts:
        also = f" If that is not enough, turn {down}." if reach >= 2 else ""
        return f"It learned next to nothing: turn start to He or Xavier.{also}"
    if reach < 0.02:
        return "It learned next to nothing: turn rate up."
    if _too_fast_for_adam(recipe):
        return f"It learned next to nothing: turn {down}."
    if inner and recipe["dropout"] >= 0.5:
        return "It learned next to nothing: turn dropout down."
    if recipe["batch_size"] < 8:
        return "It learned next to nothing: turn batch_size up, or rate down."
    if recipe["depth"] > 0 and recipe["width"] < 16:
        return "It learned next to nothing: turn width up, or rate down."
    return "It learned next to nothing: turn rate down, or depth, or activation to ReLU."


def _has_hidden_units(recipe):
    return recipe["depth"] > 0 or is_convolutional(recipe)


def _too_fast_for_adam(recipe):
    return recipe["optimiser"] == "Adam" and recipe["rate"] > 0.02


def _rate_down(recipe):
    return "rate down" + (", for Adam to about 0.001" if _too_fast_for_adam(recipe) else "")
