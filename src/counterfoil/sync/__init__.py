"""Decisions: pure functions from facts to a plan. Nothing here does I/O or knows a clock, chance or a logger."""
