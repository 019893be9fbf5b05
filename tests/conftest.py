"""What several tests share."""

import hypothesis
import pytest

import mnist_core

# The same examples on every run, and no time limit per example: other work may share the machine.
hypothesis.settings.register_profile("book", deadline=None, derandomize=True)
hypothesis.settings.load_profile("book")


@pytest.fixture(scope="session")
def mnist():
    """X_train, y_train, X_test, y_test, read once."""
    return mnist_core.load_mnist()
