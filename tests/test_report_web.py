"""What all pages have in common: templates that escape, and a policy that lets only the page's own in."""

from __future__ import annotations

import base64
import hashlib

import pytest
from jinja2 import UndefinedError

from densitometer.report.web import asset, policy, templates


def fingerprint(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_templates_escape_and_refuse_what_they_do_not_know():
    assert templates().from_string("{{ a }}").render(a="<b>&'") == "&lt;b&gt;&amp;&#39;"
    with pytest.raises(UndefinedError):
        templates().from_string("{{ missing }}").render()


def test_the_policy_names_the_style_and_script_and_nothing_from_elsewhere():
    rules = dict(rule.split(" ", 1) for rule in policy("p {}", "let a;", embedded=True).split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": fingerprint("p {}"),
        "script-src": fingerprint("let a;"),
        "img-src": "data: file: 'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_without_a_script_none_runs_and_pictures_come_from_files_alone():
    rules = policy("p {}")
    assert "script-src" not in rules
    assert "img-src file: 'self';" in rules


@pytest.mark.parametrize("name", ["report.css", "report.js", "subjects.css"])
def test_styles_and_scripts_are_found(name: str):
    assert "{" in asset(name)
