"""Write the pages that come from the code, docs/settings.md and docs/columns.md: `make docs`."""

from __future__ import annotations

import re
from dataclasses import fields
from inspect import getdoc
from pathlib import Path

from densitometer.dictionary import as_markdown
from densitometer.settings import Settings

HEAD = """# Settings

<!-- Written by `make docs` from src/densitometer/settings/; change it there. -->

`densitometer measure --settings FILE` reads a TOML file. What it leaves out keeps its default; a name that is not known
is an error that says so. Lengths are in micrometres and hold at every magnification. For example:

```toml
[field]
region = "circle:11.3"
```
"""


def meanings(section: type) -> dict[str, str]:
    """Read what each attribute means from the section's docstring, by name."""
    attributes = (getdoc(section) or "").partition("Attributes\n----------\n")[2]
    found: dict[str, str] = {}
    for names, text in re.findall(r"^(\w.*?) :.*\n((?:    .*\n?)+)", attributes, re.MULTILINE):
        found |= {name.strip(): " ".join(text.split()) for name in names.split(",")}
    return found


def section_lines(name: str, section: object) -> list[str]:
    """List one section of the settings file as a table."""
    kind = type(section)
    known = meanings(kind)
    summary = (getdoc(kind) or "").splitlines()[0]
    lines = [f"## [{name}]", "", summary, "", "| name | default | meaning |", "|---|---|---|"]
    for field in fields(kind):  # type: ignore[arg-type]
        value = getattr(section, field.name)
        shown = (
            f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        )
        lines.append(f"| `{field.name}` | `{shown}` | {known.get(field.name, '')} |")
    return [*lines, ""]


def settings_page() -> str:
    """Compose docs/settings.md."""
    settings = Settings()
    sections = [line for field in fields(Settings) for line in section_lines(field.name, getattr(settings, field.name))]
    return HEAD + "\n" + "\n".join(sections).rstrip() + "\n"


if __name__ == "__main__":
    for name, text in (("settings.md", settings_page()), ("columns.md", as_markdown())):
        (Path(__file__).parent / name).write_text(text, encoding="utf-8", newline="\n")
