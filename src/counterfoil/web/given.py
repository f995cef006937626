"""What handlers are handed, by name: `database: Given[Database]`. `web.server` says what there is."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

T = TypeVar("T")

Given: TypeAlias = NamedDependency[SkipValidation[T]]
"""A dependency of this name. It comes from our own code, so it is not validated."""
