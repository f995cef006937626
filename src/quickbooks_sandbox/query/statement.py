"""The parts of a parsed query, and the parser (grammar in reference 6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from quickbooks_sandbox.company import refusals

DEFAULT_MAX_RESULTS = 100
MOST_RESULTS = 1000

Value = str | bool
"""A value of a condition; numbers and dates stay as their text until the property's kind is known."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``member operator value``; only IN has several values."""

    member: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One member of ORDERBY."""

    member: str
    descending: bool


@dataclass(slots=True)
class Statement:
    """A query. ``columns`` is empty for ``*``."""

    entity: str
    columns: tuple[str, ...] = ()
    count: bool = False
    conditions: list[Condition] = field(default_factory=list)
    order: list[Order] = field(default_factory=list)
    start: int = 1
    max_results: int = DEFAULT_MAX_RESULTS


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the statement; ``text`` is what it means, ``source`` what was written."""

    kind: str
    text: str
    source: str
    column: int


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>'(?:\\.|[^'\\])*')
  | (?P<number>-?\d+(?:\.\d+)?(?![\w]))
  | (?P<operator><=|>=|!=|=|<|>)
  | (?P<mark>[(),*])
  | (?P<word>[A-Za-z_][\w.\-:]*)
    """,
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")
_KINDS = {"string": "STRING", "number": "NUMBER", "word": "IDENTIFIER"}


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise refusals.query_not_parsed(
                f"Lexical error at line 1, column {position + 1}.  Encountered: {text[position]!r}"
            )
        kind = match.lastgroup or ""
        source = match.group()
        if kind != "space":
            meaning = _ESCAPED.sub(r"\1", source[1:-1]) if kind == "string" else source
            yield Token(kind, meaning, source, position + 1)
        position = match.end()


class _Reader:
    """Walks over the tokens of one statement."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text.strip().rstrip(";")))
        self._at = 0

    def peek(self) -> Token | None:
        """The next token, None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def fail(self) -> refusals.Refused:
        """The 4000 that names the token where reading stopped."""
        token = self.peek()
        if token is None:
            return refusals.query_not_parsed('Encountered "<EOF>" at the end of the statement.')
        kind = _KINDS.get(token.kind)
        shown = f'<{kind}> \\"{token.source} \\"' if kind else token.source
        shown = shown.replace("\\", "")
        return refusals.query_not_parsed(f'Encountered " {shown}" at line 1, column {token.column}.')

    def take(self, *kinds: str) -> Token:
        """Step over the next token, which must be of one of ``kinds``."""
        token = self.peek()
        if token is None or token.kind not in kinds:
            raise self.fail()
        self._at += 1
        return token

    def mark(self, text: str) -> bool:
        """Step over a punctuation mark if it is next."""
        token = self.peek()
        if token is None or token.kind not in ("mark", "operator") or token.text != text:
            return False
        self._at += 1
        return True

    def keyword(self, *words: str) -> bool:
        """Step over a sequence of keywords if they are next."""
        for offset, word in enumerate(words):
            at = self._at + offset
            if at >= len(self._tokens) or self._tokens[at].kind != "word":
                return False
            if self._tokens[at].text.upper() != word:
                return False
        self._at += len(words)
        return True

    def expect_keyword(self, word: str) -> None:
        """Step over a keyword that must be next."""
        if not self.keyword(word):
            raise self.fail()


def parse(text: str, *, clamp: bool = False) -> Statement:
    """Read a statement; with ``clamp`` a size above the largest is cut to it.

    Raises:
        refusals.Refused: 4000 when it does not follow the grammar, 4001 for a position or size out of bounds.
    """
    reader = _Reader(text)
    reader.expect_keyword("SELECT")
    count, columns = _projection(reader)
    reader.expect_keyword("FROM")
    statement = Statement(reader.take("word").text, columns, count)
    if reader.keyword("WHERE"):
        statement.conditions.append(_condition(reader))
        while reader.keyword("AND"):
            statement.conditions.append(_condition(reader))
    if reader.keyword("ORDERBY") or reader.keyword("ORDER", "BY"):
        statement.order.append(_order(reader))
        while reader.mark(","):
            statement.order.append(_order(reader))
    _paging(reader, statement, None if clamp else MOST_RESULTS)
    statement.max_results = min(statement.max_results, MOST_RESULTS)
    if reader.peek() is not None:
        raise reader.fail()
    return statement


def _projection(reader: _Reader) -> tuple[bool, tuple[str, ...]]:
    first = _column(reader)
    if first.upper() == "COUNT" and reader.mark("("):
        if not (reader.mark("*") and reader.mark(")")):
            raise reader.fail()
        return True, ()
    columns = [first]
    while reader.mark(","):
        columns.append(_column(reader))
    return False, () if columns == ["*"] else tuple(columns)


def _column(reader: _Reader) -> str:
    """A member's name, or the star that clients put beside some (``SELECT *, Sku``)."""
    return "*" if reader.mark("*") else reader.take("word").text


def _condition(reader: _Reader) -> Condition:
    member = reader.take("word").text
    if reader.keyword("IN"):
        if not reader.mark("("):
            raise reader.fail()
        values = [_value(reader)]
        while reader.mark(","):
            values.append(_value(reader))
        if not reader.mark(")"):
            raise reader.fail()
        return Condition(member, "IN", tuple(values))
    if reader.keyword("LIKE"):
        return Condition(member, "LIKE", (reader.take("string").text,))
    token = reader.peek()
    if token is not None and token.text == "!=":
        raise reader.fail()
    return Condition(member, reader.take("operator").text, (_value(reader),))


def _value(reader: _Reader) -> Value:
    if reader.keyword("TRUE"):
        return True
    if reader.keyword("FALSE"):
        return False
    if reader.keyword("CURRENT_DATE"):
        return "CURRENT_DATE"
    return reader.take("string", "number").text


def _order(reader: _Reader) -> Order:
    member = reader.take("word").text
    descending = reader.keyword("DESC")
    if not descending:
        reader.keyword("ASC")
    return Order(member, descending)


def _paging(reader: _Reader, statement: Statement, most: int | None) -> None:
    """STARTPOSITION and MAXRESULTS, in either order (reference 6.1)."""
    for _ in range(2):
        if reader.keyword("STARTPOSITION"):
            statement.start = _bounded(reader, 1, None)
        elif reader.keyword("MAXRESULTS"):
            statement.max_results = _bounded(reader, 1, most)


def _bounded(reader: _Reader, least: int, most: int | None) -> int:
    text = reader.take("number").text
    if "." in text:
        raise refusals.query_not_parsed(f'Encountered " <NUMBER> "{text} "" where a whole number is needed.')
    value = int(text)
    if value < least:
        raise refusals.query_not_valid(f"value {value} is too small. Min allowed value is {least}")
    if most is not None and value > most:
        raise refusals.query_not_valid(f"value {value} is too large. Max allowed value is {most}")
    return value
