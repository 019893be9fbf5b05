"""Each check: the right answer passes, each mistake fails with its own sentence, nothing raises."""

from pathlib import Path

import checks
import numpy as np
import pytest

CHECKS = {name: c for name, c in vars(checks).items() if isinstance(c, checks.Check)}
VALUES = {name: v for name, v in vars(checks).items() if isinstance(v, checks.Value)}
MISTAKES = [(name, sentence) for name, check in CHECKS.items() for sentence in check.mistakes]
HINTS = [(name, wrong) for name, value in VALUES.items() for wrong in value.hints]
UNHELPFUL = {
    "returns None": lambda *arguments: None,
    "raises": lambda *arguments: 1 / 0,
    "returns a string": lambda *arguments: "seven",
    "returns a wrong shape": lambda *arguments: np.zeros((1, 1, 1, 11)),
    "returns a complex number": lambda *arguments: np.full(3, 1j),
    "returns nan": lambda *arguments: np.float64("nan"),
    "returns objects": lambda *arguments: np.array([None, {}], dtype=object),
    "returns too many": lambda *arguments: tuple(range(9)),
    "takes no arguments": lambda: 1.0,
}


def attempt(check, function):
    """Judge a plain function of the arguments, past the adapter that unpacks a reader's class."""
    return checks.Check(check.inputs, check.answer, parts=check.parts,
                        tolerance=check.tolerance).judge(function)


@pytest.mark.parametrize("name", CHECKS)
def test_answer_passes(name):
    passed, sentence = attempt(CHECKS[name], CHECKS[name].answer)
    assert passed, sentence


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_knows_a_plausible_mistake(name):
    assert CHECKS[name].mistakes


@pytest.mark.parametrize(("name", "sentence"), MISTAKES)
def test_mistake_fails_with_its_own_sentence(name, sentence):
    check = CHECKS[name]
    assert check.judge(check.mistakes[sentence]) == (False, sentence)


@pytest.mark.parametrize("name", CHECKS)
def test_flipped_sign_fails(name):
    def flipped(*arguments):
        result = CHECKS[name].answer(*arguments)
        if isinstance(result, tuple):
            return tuple(-np.asarray(part) for part in result)
        return -np.asarray(result)

    assert not attempt(CHECKS[name], flipped)[0]


@pytest.mark.parametrize("unhelpful", UNHELPFUL)
@pytest.mark.parametrize("name", CHECKS)
def test_unhelpful_attempts_are_told_in_words(name, unhelpful, capsys):
    CHECKS[name](UNHELPFUL[unhelpful])
    verdict = capsys.readouterr().out
    assert verdict.startswith("Not yet. ") and len(verdict) > 30
    assert "Traceback" not in verdict


@pytest.mark.parametrize("thing", [None, 3, "three", np.zeros(3), [1, 2], ...])
@pytest.mark.parametrize("name", CHECKS)
def test_what_is_not_a_function_is_told_so(name, thing, capsys):
    CHECKS[name](thing)
    assert "without brackets" in capsys.readouterr().out


@pytest.mark.parametrize("name", CHECKS)
def test_changed_argument_is_named(name):
    check = CHECKS[name]
    arrays = [key for key, value in check.inputs(np.random.default_rng(0)).items()
              if isinstance(value, np.ndarray) and value.size]
    for position, key in enumerate(check.inputs(np.random.default_rng(0))):
        if key in arrays:
            def meddling(*arguments, position=position):
                result = check.answer(*arguments)
                arguments[position][...] += 1
                return result

            assert f"argument {key}" in attempt(check, meddling)[1]


@pytest.mark.parametrize("name", CHECKS)
def test_inputs_come_in_many_shapes(name):
    shapes = {str([np.shape(v) if np.ndim(v) else v for v in
                   CHECKS[name].inputs(np.random.default_rng(trial)).values()])
              for trial in range(checks.judge.TRIALS)}
    assert len(shapes) > 3


@pytest.mark.parametrize("name", VALUES)
def test_right_number_passes(name, capsys):
    VALUES[name](VALUES[name].answer)
    assert capsys.readouterr().out.startswith("Right. ")


@pytest.mark.parametrize(("name", "wrong"), HINTS)
def test_tempting_number_fails_with_its_own_hint(name, wrong):
    assert VALUES[name].judge(wrong) == (False, VALUES[name].hints[wrong])


@pytest.mark.parametrize("thing", [None, ..., "seven", [1, 2], np.zeros(3), abs, float("nan")])
@pytest.mark.parametrize("name", VALUES)
def test_what_is_not_the_number_fails_in_words(name, thing, capsys):
    VALUES[name](thing)
    assert capsys.readouterr().out.startswith("Not yet. ")


def test_mistakes_are_told_apart():
    """Two sentences for one and the same wrong result: the second would never be said."""
    for name, check in CHECKS.items():
        assert len(set(check.mistakes)) == len(check.mistakes), name


def test_every_check_is_used_in_a_chapter():
    chapters = Path(checks.__file__).parent.parent.glob("*.ipynb")
    text = "\n".join(path.read_text(encoding="utf-8") for path in chapters)
    unused = [name for name in CHECKS | VALUES if f"checks.{name}(" not in text]
    assert not unused


def test_a_mistake_that_stops_is_known_by_its_error():
    """The commonest slip with shapes raises: the reader gets its sentence, not NumPy's."""
    check = checks.Check(
        lambda rng: {"x": rng.standard_normal((3, 4)), "W": rng.standard_normal((5, 4))},
        lambda x, W: x @ W.T,
        {"Transpose W.": lambda x, W: x @ W, "Twice too large.": lambda x, W: 2 * x @ W.T})
    assert check.judge(lambda x, W: x @ W) == (False, "Transpose W.")
    assert check.judge(lambda x, W: x @ W.T + x @ W.T) == (False, "Twice too large.")
    assert "stopped with ZeroDivisionError" in check.judge(lambda x, W: 1 / 0)[1]


def test_complex_numbers_of_the_right_shape_are_told_in_words(recwarn):
    check = checks.Check(lambda rng: {"x": rng.standard_normal(3)}, lambda x: 2 * x)
    assert "complex" in check.judge(lambda x: 2j * x)[1]
    assert not recwarn.list


def test_no_two_chapters_give_one_name_to_two_checks():
    """The later star import would hide the earlier check."""
    homes = {}
    for path in sorted(Path(checks.__file__).parent.glob("chapter_*.py")):
        module = getattr(checks, path.stem)
        for name, value in vars(module).items():
            if isinstance(value, (checks.Check, checks.Value)):
                homes.setdefault(name, []).append(path.stem)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}
