"""Which image a workspace is given."""

import pytest

from orion_tui.core.sandbox.docker import images, recipes

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("names", "stack"),
    [
        (["pyproject.toml", "README.md"], "python"),
        (["package.json"], "node"),
        (["go.mod", "package.json"], "go"),
        (["Cargo.toml", "pyproject.toml"], "rust"),
        (["Makefile"], "base"),
        ([], "base"),
    ],
)
def test_the_stack_is_told_from_what_stands_at_the_top(names: list[str], stack: str) -> None:
    assert images.stack_of(names) == stack


@pytest.mark.parametrize("name", recipes.NAMES)
def test_each_stack_has_a_recipe_that_takes_another_base(name: str) -> None:
    text = recipes.context(name)
    assert text == recipes.context(name)
    assert b"ARG BASE=" in text
    assert b"FROM ${BASE}" in text
