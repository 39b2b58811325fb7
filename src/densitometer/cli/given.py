"""What is typed for an option, with advice for what is often typed wrong."""

from __future__ import annotations

import re
from typing import Any

import click

_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


class NamedPath(click.Path):
    """A path that is not empty: a path of no words would be the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what has no name."""
        if value == "":
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)


class Number(click.types.FloatParamType):
    """A number with a decimal point."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a number, and say what to write in the place of a comma or a unit."""
        try:
            return float(value)
        except ValueError:
            text = str(value)
            advice = f"write {text.replace(',', '.')}" if _DECIMAL_COMMA.fullmatch(text) else "write the number alone"
            self.fail(f"{text!r} is not a number; {advice}", param, ctx)
