"""Forms as browsers send them, and lists cut into pages."""

from __future__ import annotations

import pytest

from sandbox_kit.forms import Form, paged


def test_a_form_keeps_order_blanks_and_signs() -> None:
    """Several values of one field, blank ones among them, with the space around them taken off."""
    form = Form.read(b"a=1&b=+x+&a=&a=3&c=%C3%A9%26&bad=%FF&tick=on")
    assert form.texts("a") == ["1", "", "3"]
    assert (form.text("a"), form.text("b"), form.text("c")) == ("3", "x", "é&")
    assert form.text("bad") == "\ufffd"
    assert (form.text("none"), form.text("none", "else"), form.texts("none")) == ("", "else", [])
    assert (form.flag("tick"), form.flag("tock")) == (True, False)


def test_what_is_no_form_is_read_without_complaint() -> None:
    """A body of anything at all; no field of it has a value."""
    assert Form.read(b"").fields == {}
    assert Form.read(b"\x00\xff{}").text("a") == ""


@pytest.mark.parametrize(
    ("asked", "number", "rows"),
    [
        ("1", 1, [0, 1, 2]),
        ("2", 2, [3, 4, 5]),
        ("3", 3, [6]),
        ("4", 3, [6]),
        ("0", 1, [0, 1, 2]),
        ("-1", 1, [0, 1, 2]),
        ("", 1, [0, 1, 2]),
        ("\u0663", 1, [0, 1, 2]),
        ("9" * 5000, 1, [0, 1, 2]),
    ],
)
def test_the_nearest_page_is_shown(asked: str, number: int, rows: list[int]) -> None:
    """Seven rows in threes: pages beyond the last are the last, nonsense is the first."""
    page = paged(range(7), asked, 3)
    assert (page.number, list(page.rows), page.total, page.last) == (number, rows, 7, 3)


def test_nothing_is_one_empty_page() -> None:
    """So that a list without rows has no other page to go to."""
    page = paged([], "2")
    assert (list(page.rows), page.total, page.number, page.last) == ([], 0, 1, 1)
