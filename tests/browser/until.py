"""Waiting for a state of a page that no selector tells."""

from typing import Any

from playwright.sync_api import Page

from tests.waiting import eventually


def until(page: Page, condition: str, arg: Any = None) -> None:
    """`condition` is an expression, or a function of `arg`. Each look is asked for from outside.

    `wait_for_function` looks again from inside the page, where the policy of our pages forbids to evaluate a string, so
    that it may fail whenever its first look comes too early.
    """
    eventually(lambda: page.evaluate(condition, arg), condition)
