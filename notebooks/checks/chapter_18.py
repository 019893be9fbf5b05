"""Exercises of chapter 18: the playground."""

import math as _math
from dataclasses import dataclass as _dataclass

import numpy as _np
import recipes as _recipes

MOST_STEPS = 30_000  # that a check trains


@_dataclass
class RecipeCheck:
    """Judge a recipe: its weights exactly, its accuracy by one training with seed 0."""

    weights: int  # fewer than so many
    accuracy: float  # this much, or more, on the validation images

    def __call__(self, attempt, data):
        """Print the verdict on the reader's recipe."""
        passed, sentence = self.judge(attempt, data)
        print(("Right. " if passed else "Not yet. ") + sentence)

    def judge(self, attempt, data):
        """Return (passed, sentence)."""
        if not isinstance(attempt, dict):
            return False, ("This check wants a recipe, a dict such as {'width': 32}; "
                           f"it was given {type(attempt).__name__} {attempt!r:.40}.")
        try:
            recipe = _recipes.checked(attempt | {"seed": 0})
        except ValueError as error:
            return False, f"That recipe has no network: {error}."
        weights = _recipes.weights(recipe)
        if _recipes.is_convolutional(recipe):
            return False, ("The challenge is for the dense network, because a convolutional one, "
                           f"with {weights:,} weights here, makes it too easy.")
        first, *rest = _recipes.sizes(recipe)
        if weights >= self.weights:
            return False, (f"{weights:,} weights are too many, wanted fewer than {self.weights:,}. "
                           f"{(first + 1) * rest[0]:,} of them come from the {first} pixels.")
        steps = recipe["epochs"] * _math.ceil(recipe["images"] / recipe["batch_size"])
        if steps > MOST_STEPS:
            return False, (f"{steps:,} steps take too long for a check, which trains at most "
                           f"{MOST_STEPS:,}. Fewer epochs or a larger batch?")
        return self._trained(recipe, data, weights)

    def _trained(self, recipe, data, weights):
        try:
            records = list(_recipes.records(recipe, data))
        except FloatingPointError as error:
            return False, f"It diverged ({error}). {_recipes.cure(recipe)}"
        except ValueError as error:
            return False, f"That recipe does not go with the data: {error}."
        loss, last = float(_np.mean([r.loss for r in records[-200:]])), records[-1]
        found = f"{100 * last.val_accuracy:.2f} % with {weights:,} weights"
        if last.val_accuracy >= self.accuracy:
            return True, f"{found} and seed 0. Does it hold with seeds 1 and 2?"
        if last.val_accuracy < 0.25:
            return False, f"{found}. {_recipes.remedy(recipe)}"
        more = ", or more images" if recipe["images"] < len(data[0]) else ""
        hint = ("Its training loss is under half of the validation loss, so it knows its images "
                f"by heart: try L2{more}." if loss < 0.5 * last.val_loss else
                "Its training loss is not far below the validation loss, so it could learn more: "
                "more epochs, a higher rate, another depth?")
        return False, f"{found}. {hint}"


small_and_good = RecipeCheck(weights=20_000, accuracy=0.98)
