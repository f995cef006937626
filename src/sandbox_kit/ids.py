"""Ids and chance from a seed: the same seed gives the same story."""

from __future__ import annotations

import random
import string
import uuid


class Ids:
    """A seeded source of ids in the shapes that both services hand out."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose; nothing secret hangs on it

    def digits(self, n: int) -> str:
        """`n` decimal digits; the first is not zero, so that the id survives a reader that takes it as a number."""
        return self._random.choice("123456789") + self._pick("0123456789", n - 1) if n > 0 else ""

    def hex(self, n: int) -> str:
        """`n` hexadecimal digits in lower case."""
        return self._pick("0123456789abcdef", n)

    def alphanumeric(self, n: int) -> str:
        """`n` letters of both cases and digits, the shape of HighLevel's ids."""
        return self._pick(string.ascii_letters + string.digits, n)

    def uuid(self) -> str:
        """A random UUID (version 4) in its usual text."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def chance(self) -> float:
        """A number in [0, 1), for rates of faults and losses."""
        return self._random.random()

    def _pick(self, alphabet: str, n: int) -> str:
        return "".join(self._random.choices(alphabet, k=n))
