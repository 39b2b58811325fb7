"""What every page has in common: its templates, its own style and script, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from densitometer.report.texts import shown


@cache
def templates() -> Environment:
    """Give the templates; what is set into them is made printable and escaped, and an unknown name is an error."""
    return Environment(
        loader=PackageLoader("densitometer.report"),
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _printable(value: object) -> object:
    """What is set into a page, so that no label that somebody forgot holds anything hidden."""
    return shown(value) if type(value) is str else value  # what is marked up was put together of such


@cache
def asset(name: str) -> str:
    """Give the style or the script of that file name among the templates."""
    return (files("densitometer.report") / "templates" / name).read_text(encoding="utf-8")


def policy(style: str, script: str = "", *, embedded: bool = False) -> str:
    """Give the content security policy of a page: its own style, script and pictures, and nothing from elsewhere.

    Parameters
    ----------
    style, script : str
        As they stand in the page. Without a script none runs.
    embedded : bool
        Whether pictures stand in the page itself, besides those in files beside it.
    """
    allowed = ["default-src 'none'", f"style-src '{_fingerprint(style)}'"]
    if script:
        allowed.append(f"script-src '{_fingerprint(script)}'")
    allowed.append(f"img-src {'data: ' if embedded else ''}file: 'self'")
    return "; ".join([*allowed, "base-uri 'none'", "form-action 'none'"])


def _fingerprint(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
