"""Exercises of chapter 06: the chain rule."""

import numpy as np

from .judge import Check, Value, sizes

_wrong = 1 / (1 + np.exp(2))  # p[0] at x = (2, 1), and so dz2[0]

unit_off_dx = Value(
    3 * _wrong,
    {-7 * _wrong: "That lets unit 1 through as well. It is off: its ReLU has slope 0.",
     -3 * _wrong: "The right size, with the wrong sign: the edge from x[0] to z1[0] has weight -1.",
     _wrong: "a1[0] goes into both scores: you took its path over z2[0] alone.",
     2 * _wrong: "a1[0] goes into both scores: you took its path over z2[1] alone.",
     -10 * _wrong: "That is the path over the unit that is off. The other path is the open one."})

def _graph(rng):
    """A graph in layers of 2 or 3 nodes, with a few edges that skip a layer, in no order."""
    hidden = [[f"u{i}[{j}]" for j in range(rng.integers(2, 4))] for i in (1, 2, 3)]
    layers = [["in"], *hidden, ["L"]]
    edges = [(a, b) for here, there in zip(layers, layers[1:]) for a in here for b in there]
    edges += [(here[0], there[-1]) for here, there in zip(layers, layers[2:])]
    slopes = rng.choice([2, 3, 5, -2, 7], len(edges))
    return {"node": "in", "edges": {edges[i]: int(slopes[i]) for i in rng.permutation(len(edges))}}


def _sweep(wait=True, add=True, slopes=True):
    """Return the sweep back through a graph, right or with one part left out."""
    def derivative(node, edges):
        edges = edges if slopes else dict.fromkeys(edges, 1)
        d, waiting = {"L": 1}, ["L"]
        open_edges = {start: sum(s == start for s, _ in edges) for start, _ in edges}
        while waiting:
            end = waiting.pop()
            for (start, head), slope in edges.items():
                if head == end:
                    share = slope * d[end]
                    d[start] = d[start] + share if add and start in d else share
                    open_edges[start] -= 1
                    if open_edges[start] == 0 or not wait:
                        waiting.append(start)
        return d[node]
    return derivative


def _first_share_only(node, edges):
    """Hand on when the first share arrives; later shares are added and go no further."""
    d, waiting, seen = {"L": 1}, ["L"], {"L"}
    while waiting:
        end = waiting.pop()
        for (start, head), slope in edges.items():
            if head == end:
                d[start] = d.get(start, 0) + slope * d[end]
                if start not in seen:
                    seen.add(start)
                    waiting.append(start)
    return d[node]


sweep_back = Check(
    _graph,
    _sweep(),
    {"On some graphs the answer is still wrong, as for w in layered(2). Print what each node has "
     "when it hands on, and compare with derivative(node, edges).": _sweep(wait=False),
     "Some paths are lost: a node hands on when its first share arrives, and what comes later goes "
     "no further.": _first_share_only,
     "The order is right, but where two edges leave a node the later share overwrites the earlier "
     "one.": _sweep(add=False),
     "That counts the paths. Each share is multiplied by the slope of its edge.":
         _sweep(slopes=False)},
    parts=("the derivative",))


def _shortcut(rng):
    D, H = sizes(rng, 2)
    x, W1 = rng.standard_normal(D), rng.standard_normal((H, D))
    W1[0] *= np.sign(W1[0] @ x)  # one unit on, one off
    W1[1] *= -np.sign(W1[1] @ x)
    return {"dout": rng.standard_normal(D), "x": x, "W1": W1, "W2": rng.standard_normal((D, H))}


shortcut_backward = Check(
    _shortcut,
    lambda dout, x, W1, W2: dout + W1.T @ ((W1 @ x > 0) * (W2.T @ dout)),
    {"The paths over the hidden units are right. x also goes straight to out, with slope 1.":
         lambda dout, x, W1, W2: W1.T @ ((W1 @ x > 0) * (W2.T @ dout)),
     "That is the straight path alone. Others lead over the hidden units.":
         lambda dout, x, W1, W2: dout.copy(),
     "The straight path hands dout on. You added x in its place.":
         lambda dout, x, W1, W2: x + W1.T @ ((W1 @ x > 0) * (W2.T @ dout)),
     "The straight path has slope 1, times dout: you added 1.":
         lambda dout, x, W1, W2: 1 + W1.T @ ((W1 @ x > 0) * (W2.T @ dout)),
     "The ReLU is missing: a unit with z < 0 hands nothing down.":
         lambda dout, x, W1, W2: dout + W1.T @ (W2.T @ dout),
     "The two ways are multiplied. Paths add.":
         lambda dout, x, W1, W2: dout * (W1.T @ ((W1 @ x > 0) * (W2.T @ dout))),
     "From out down to z lead the edges of W2: dz = [z > 0] times W2.T @ dout. You took W1.":
         lambda dout, x, W1, W2: dout + W1.T @ ((W1 @ x > 0) * (W1 @ dout)),
     "The ReLU's slope is 1 or 0; you multiplied by its output.":
         lambda dout, x, W1, W2: dout + W1.T @ (np.maximum(0, W1 @ x) * (W2.T @ dout)),
     "Those are the weights of the way forward. Going back, the sums run over the other index: "
     "transpose.": lambda dout, x, W1, W2: dout + W2 @ ((W1 @ x > 0) * (W1 @ dout))},
    parts=("dx",))


# ---- the sheet of paper, for labs.stepper


def _written(number):
    return f"{round(float(number), 4) + 0.0:g}"


def _bracketed(number):
    return f"({_written(number)})" if number < 0 else _written(number)


def _terms(*pairs, plus=()):
    """The sum of products as it is written by hand."""
    return " + ".join([f"{_bracketed(a)} · {_bracketed(b)}" for a, b in pairs]
                      + [_bracketed(number) for number in plus])


def _linear_steps(out, W, w, b, inputs, values):
    """One question for each output of a linear layer of two inputs and two outputs."""
    return [{"of": f"{out}[{j}]", "kind": "value", "answer": w[j] @ values + b[j],
             "uses": [f"{W}[{j}, {k}]" for k in (0, 1)] + [f"{inputs}[{k}]" for k in (0, 1)],
             "ask": f"{out}[{j}] = {W}[{j}, 0] {inputs}[0] + {W}[{j}, 1] {inputs}[1] "
                    f"+ b{W[1]}[{j}]. How much is it?",
             "hint": _terms(*zip(w[j], values), plus=[b[j]]),
             "slips": [
                 (w[j] @ values, "The products are right; the bias is still to be added."),
                 (w[:, j] @ values + b[j],
                  f"Those weights are a column. {out}[{j}] has row {j} of {W}."),
                 (w[j] @ values - b[j], "The bias is added, with the sign it has.")]}
            for j in (0, 1)]


def _weight_steps(W, w, start, values, end, dz):
    """One question for each weight: the gradient at its head times the value at its tail."""
    return [{"of": f"{W}[{j}, {k}]", "kind": "slope", "answer": dz[j] * values[k],
             "uses": [f"{end}[{j}]", f"{start}[{k}]"],
             "ask": f"The weight {W}[{j}, {k}] leads from {start}[{k}] to {end}[{j}]. "
                    "What is the derivative of the loss in it?",
             "hint": _terms((dz[j], values[k])),
             "slips": [
                 (dz[j] * w[j, k],
                  "That is the gradient times the weight itself. Nudge the weight: "
                  f"{end}[{j}] moves by what the weight is multiplied with."),
                 (dz[1 - j] * values[k],
                  f"That is the gradient at {end}[{1 - j}]. The edge leads to {end}[{j}]."),
                 (dz[j] * values[1 - k],
                  f"The edge comes from {start}[{k}], not from {start}[{1 - k}].")]}
            for j in (0, 1) for k in (0, 1)]


def _input_steps(name, W, w, end, dz):
    """One question for each input of a layer: two paths, which add."""
    return [{"of": f"{name}[{k}]", "kind": "slope", "answer": w[:, k] @ dz,
             "uses": [f"{end}[{j}]" for j in (0, 1)] + [f"{W}[{j}, {k}]" for j in (0, 1)],
             "ask": f"{name}[{k}] goes into {end}[0] and into {end}[1]. "
                    "What is the gradient at it?",
             "hint": _terms(*zip(dz, w[:, k])),
             "slips": [
                 (dz[0] * w[0, k], f"That is the path over {end}[0] alone. There is a second one."),
                 (dz[1] * w[1, k], f"That is the path over {end}[1] alone. There is a second one."),
                 (w[k] @ dz,
                  f"Those weights are row {k}. The edges that leave {name}[{k}] are a column.")]}
            for k in (0, 1)]


def _relu_steps(z1, da1):
    """The questions at the ReLU, (forward, backward)."""
    there = [{"of": f"a1[{j}]", "kind": "value", "answer": max(0, z1[j]), "uses": [f"z1[{j}]"],
              "ask": f"a1[{j}] is what the ReLU makes of z1[{j}].",
              "hint": f"max(0, {_written(z1[j])})",
              "slips": [(z1[j], "Below zero the ReLU lets nothing pass.")]} for j in (0, 1)]
    back = [{"of": f"z1[{j}]", "kind": "slope", "answer": (z1[j] > 0) * da1[j],
             "uses": [f"a1[{j}]", f"z1[{j}]"],
             "ask": "Through the ReLU, whose slope is 1 where z1 is above 0, and 0 below. "
                    f"The gradient at z1[{j}]?",
             "hint": _terms((da1[j], float(z1[j] > 0))),
             "slips": [(da1[j], f"z1[{j}] is below zero: there the ReLU is flat, its slope is 0."),
                       (da1[j] * z1[j], "Times the slope of the ReLU, not times z1.")]}
            for j in (0, 1)]
    return there, back


def _loss_steps(z2, p, y):
    """The questions at softmax and loss, (forward, backward)."""
    odds, exps = np.exp(z2), [f"exp({_written(z)})" for z in z2]
    there = []
    for c in (0, 1):
        slips = [(p[1 - c], "That is the probability of the other class."),
                 (odds[c], "Those are the odds. Divide them by the sum of both.")]
        if z2.sum():
            slips.append((z2[c] / z2.sum(), "First exp, then divide: scores may be negative."))
        there.append({"of": f"p[{c}]", "kind": "value", "answer": p[c], "uses": ["z2[0]", "z2[1]"],
                      "ask": f"p[{c}]: the odds exp(z2[{c}]), divided by the sum of both odds.",
                      "hint": f"{exps[c]} / ({exps[0]} + {exps[1]})", "slips": slips})
    there.append({"of": "loss", "kind": "value", "answer": -np.log(p[y]), "uses": [f"p[{y}]"],
                  "ask": f"The right class is {y}. The loss is minus the natural logarithm of its "
                         "probability.",
                  "hint": f"-log({exps[y]} / ({exps[0]} + {exps[1]}))",
                  "slips": [(-np.log(p[1 - y]), "That is the surprise at the wrong class."),
                            (-np.log10(p[y]),
                             "That is the logarithm to base 10. Take the natural one, ln."),
                            (1 - p[y], "That is 1 - p. The loss is a logarithm.")]})
    back = [{"of": f"z2[{c}]", "kind": "slope", "answer": p[c] - (c == y), "uses": [f"p[{c}]"],
             "ask": f"Now backward. The gradient at z2[{c}] is p[{c}] less "
                    + ("1, since this class is right." if c == y else "0, since it is wrong."),
             "hint": f"{_written(p[c])} - {int(c == y)}",
             "slips": [(p[c], "Take 1 away: this class is the right one.")] if c == y else []}
            for c in (0, 1)]
    return there, back


def on_paper(x, y, W1, b1, W2, b2):
    """Return the worked network as {nodes, edges, steps} for `labs.stepper`, 25 questions."""
    z1 = W1 @ x + b1
    a1 = np.maximum(0, z1)
    z2 = W2 @ a1 + b2
    p = np.exp(z2) / np.exp(z2).sum()
    dz2 = p - np.eye(2)[y]
    da1 = W2.T @ dz2
    dz1 = (z1 > 0) * da1
    relu, loss = _relu_steps(z1, da1), _loss_steps(z2, p, y)
    steps = [*_linear_steps("z1", "W1", W1, b1, "x", x), *relu[0],
             *_linear_steps("z2", "W2", W2, b2, "a1", a1), *loss[0], *loss[1],
             *_weight_steps("W2", W2, "a1", a1, "z2", dz2),
             *_input_steps("a1", "W2", W2, "z2", dz2), *relu[1],
             *_weight_steps("W1", W1, "x", x, "z1", dz1),
             *_input_steps("x", "W1", W1, "z1", dz1)]
    notes = {f"z1[{i}]": f"b1[{i}] = {b1[i]}" for i in (0, 1)}
    notes |= {f"z2[{i}]": f"b2[{i}] = {b2[i]}" for i in (0, 1)}
    columns = {"x": 0, "z1": 1.3, "a1": 2.15, "z2": 3.45, "p": 4.3}
    nodes = {f"{layer}[{i}]": (column, i, x[i] if layer == "x" else None,
                               notes.get(f"{layer}[{i}]", ""))
             for layer, column in columns.items() for i in (0, 1)}
    nodes["loss"] = 5.15, 0.5, None, ""
    edges = {f"{W}[{j}, {k}]": (f"{start}[{k}]", f"{end}[{j}]", w[j, k])
             for W, w, start, end in (("W1", W1, "x", "z1"), ("W2", W2, "a1", "z2"))
             for j in (0, 1) for k in (0, 1)}
    edges |= {f"z1[{i}] to a1[{i}]": (f"z1[{i}]", f"a1[{i}]", None) for i in (0, 1)}
    edges |= {f"z2[{k}] to p[{c}]": (f"z2[{k}]", f"p[{c}]", None) for k in (0, 1) for c in (0, 1)}
    edges |= {f"p[{c}] to loss": (f"p[{c}]", "loss", None) for c in (0, 1)}
    return {"nodes": nodes, "edges": edges, "steps": steps}
