"""Write the pages that come from the code: settings.md, columns.md, styles.md, tables of rendering.md and export.md."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from inspect import getdoc
from pathlib import Path

from densitometer.datasets.parameters import PARAMETERS, Parameter
from densitometer.dictionary import as_markdown
from densitometer.settings import Settings
from densitometer.synthetic.scenario import scenarios
from densitometer.synthetic.style import COLOURS, LIGHTS, CameraStyle, ExtrasStyle, HairStyle, Ranges, SkinStyle
from densitometer.synthetic.styles import styles

HEAD = """# Settings

<!-- Written by `make docs` from src/densitometer/settings/; change it there. -->

`densitometer measure --settings FILE` reads a TOML file. What it leaves out keeps its default; a name that is not known
is an error that says so. Lengths are in micrometres and hold at every magnification. For example:

```toml
method = "ridge"

[field]
region = "circle:11.3"
```
"""


STYLES_HEAD = """# Values of a style

<!-- Written by `make docs` from src/densitometer/synthetic/style.py; change it there. -->

`densitometer render STYLE -o OUT --set PART.NAME=V` changes a value of a [style](rendering.md), and may be given again:

    densitometer render curly -o close/ --set camera.um_per_px=4,5 --set hair.colours=red

Two numbers are a range that each scene draws its own value from; one number is a range from it to itself. A share or
chance is a share of cases. Usual are the values of a style that says nothing else; `render.json` holds those of the
styles that were rendered.
"""
UNITS = {  # by the end of the name, the longer first
    "um_per_px": "µm/px", "_per_cm2": "1/cm²", "_per_mm": "rad/mm", "_deg": "°", "_um": "µm",
    "_mm": "mm", "_px": "px", "_share": "share", "_chance": "share",
}  # fmt: skip
WORDS = {"colours": f"of {', '.join(COLOURS)}", "light": f"one of {', '.join(LIGHTS)}"}


def styles_page() -> str:
    """Compose docs/styles.md."""
    parts = (line for kind in (HairStyle, SkinStyle, CameraStyle, ExtrasStyle) for line in part_lines(kind))
    return STYLES_HEAD + "\n" + "\n".join(parts).rstrip() + "\n"


def part_lines(kind: type[Ranges]) -> list[str]:
    """List one part of a style as a table."""
    known, usual = meanings(kind), kind()
    summary = (getdoc(kind) or "").splitlines()[0]
    lines = [f"## {kind.part}", "", summary, "", "| name | unit | limits | usual | meaning |", "|---|---|---|---|---|"]
    for field in fields(kind):  # type: ignore[arg-type]
        limits = WORDS.get(field.name, str(kind.limits_of(field.name))) + (", or none" if "None" in field.type else "")
        told = known[field.name].replace("``", "`")
        value = shown_value(getattr(usual, field.name))
        lines.append(f"| `{kind.part}.{field.name}` | {unit(field.name)} | {limits} | `{value}` | {told} |")
    return [*lines, ""]


def unit(name: str) -> str:
    """Unit of a value, from its name."""
    return next((text for end, text in UNITS.items() if name.endswith(end)), "")


def shown_value(value: object) -> str:
    """Show a value as --set takes it."""
    if isinstance(value, tuple):
        return ",".join(map(shown_value, value))
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def meanings(section: type) -> dict[str, str]:
    """Read what each attribute means from the section's docstring, by name."""
    attributes = (getdoc(section) or "").partition("Attributes\n----------\n")[2]
    found: dict[str, str] = {}
    for names, text in re.findall(r"^(\w.*?) :.*\n((?:    .*\n?)+)", attributes, re.MULTILINE):
        found |= {name.strip(): " ".join(text.split()) for name in names.split(",")}
    return found


def section_lines(title: str, summary: str, section: object, names: list[str]) -> list[str]:
    """List settings of one section of the settings file as a table."""
    known = meanings(type(section))
    lines = [f"## {title}", "", summary, "", "| name | default | meaning |", "|---|---|---|"]
    for name in names:
        value = getattr(section, name)
        shown = (
            f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        )
        lines.append(f"| `{name}` | `{shown}` | {known.get(name, '')} |")
    return [*lines, ""]


def settings_page() -> str:
    """Compose docs/settings.md."""
    settings = Settings()
    sections = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    sections = {name: value for name, value in sections.items() if is_dataclass(value)}
    alone = [field.name for field in fields(Settings) if field.name not in sections]
    lines = section_lines("Before the sections", "Settings that stand above every section.", settings, alone)
    for name, section in sections.items():
        summary = (getdoc(type(section)) or "").splitlines()[0]
        lines += section_lines(f"[{name}]", summary, section, [field.name for field in fields(section)])
    return HEAD + "\n" + "\n".join(lines).rstrip() + "\n"


def rendering_page(page: str) -> str:
    """Put the tables of styles and scenarios into the text of docs/rendering.md, in the place of those it has."""
    style_rows = [f"| `{style.name}` | {style.about} | {style.purpose} |" for style in styles().values()]
    scenario_rows = [f"| `{scenario.name}` | {scenario.about} |" for scenario in scenarios().values()]
    page = _between(page, "styles", ["| style | what it is | what it puts to the test |", "|---|---|---|", *style_rows])
    return _between(page, "scenarios", ["| `--visits` | what happens |", "|---|---|", *scenario_rows])


def export_page(page: str) -> str:
    """Put the table of codes into the text of docs/export.md, in the place of the one it has."""
    rows = [
        f"| `{one.code}` | `{one.stem}` | {one.name} | {_unit_of(one)} | `{one.column.name}` |" for one in PARAMETERS
    ]
    head = ["| code | stem | name | unit | column of photos.csv |", "|---|---|---|---|---|"]
    return _between(page, "codes", [*head, *rows])


def _unit_of(one: Parameter) -> str:
    unit = one.unit
    return f"`{unit.sdtm}` ({unit.code or 'sponsor'})" if unit.sdtm else ""


def _between(page: str, name: str, lines: list[str]) -> str:
    """Replace what stands between the two comments of a name."""
    head, found, rest = page.partition(f"<!-- {name}:")
    comment, closed, rest = rest.partition("-->\n")
    _, ended, tail = rest.partition(f"<!-- end of {name} -->")
    if not (found and closed and ended):
        raise ValueError(f"the page has lost the comments round its {name}")
    return head + found + comment + closed + "\n" + "\n".join(lines) + "\n\n" + ended + tail


if __name__ == "__main__":
    here = Path(__file__).parent
    rendering = rendering_page((here / "rendering.md").read_text(encoding="utf-8"))
    pages = (
        ("settings.md", settings_page()),
        ("columns.md", as_markdown()),
        ("rendering.md", rendering),
        ("export.md", export_page((here / "export.md").read_text(encoding="utf-8"))),
        ("styles.md", styles_page()),
    )
    for name, text in pages:
        (here / name).write_text(text, encoding="utf-8", newline="\n")
