"""Every reason to look twice at a number: name, meaning and what to do about it, in one registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FlagOf = Literal["photo", "hair", "change"]


@dataclass(frozen=True)
class Flag:
    """A warning about a photograph, a hair, or the comparison of two photographs.

    Attributes
    ----------
    name : str
        As it stands in the ``flags`` columns, where several are joined by ";".
    of : {"photo", "hair", "change"}
    meaning : str
        What was found, one sentence.
    advice : str
        What to do about it, one sentence.
    """

    name: str
    of: FlagOf
    meaning: str
    advice: str


REGISTRY: tuple[Flag, ...] = (
    Flag(
        "no_scale",
        "photo",
        "No scale was stated and none could be read from the photograph.",
        "State it with --um-per-px or in visits.csv; until then density and widths stay empty.",
    ),
    Flag(
        "coarse_scale",
        "photo",
        "The scale is too coarse to tell a terminal from a vellus hair.",
        "Photograph at a higher magnification (at most 6 µm per pixel) for width classes.",
    ),
    Flag(
        "scale_disagrees",
        "photo",
        "The scale that was stated is not that of the bar printed in the photograph.",
        "Check both: density errs by twice the error of the scale. The stated scale was used.",
    ),
    Flag("blurred", "photo", "The photograph is out of focus or moved.", "Focus on the skin and take it again."),
    Flag("underexposed", "photo", "Much of the field is too dark to see hair on it.", "Take it again with more light."),
    Flag("overexposed", "photo", "Much of the field is burnt out to white.", "Take it again with less light."),
    Flag(
        "glare",
        "photo",
        "Bright reflections cover a notable share of the field.",
        "Use polarised light, dry or wipe the skin, and take it again.",
    ),
    Flag(
        "no_hairs",
        "photo",
        "No hair was found.",
        "Look at the overlay: bare skin, no scalp, or hair too pale for its skin? A 0 does not prove that there is "
        "none.",
    ),
    Flag(
        "few_hairs",
        "photo",
        "Fewer hairs than a density can rest on.",
        "Photograph a larger field; the interval of the density is very wide.",
    ),
    Flag(
        "crowded",
        "photo",
        "Hair lies so dense or so crossed that single hairs cannot all be traced.",
        "Trim the site or part the hair and take it again; the count is likely too low.",
    ),
    Flag(
        "burned_in_text",
        "photo",
        "Text is printed into the photograph and may identify a patient.",
        "Check it before you pass the photograph or its overlay on.",
    ),
    Flag(
        "small_field",
        "photo",
        "The usable field is small or mostly masked.",
        "Check the masked areas in the overlay; photograph without print and with the whole field lit.",
    ),
    Flag(
        "root_direction_uncertain",
        "photo",
        "Root and tip could not be told apart on this photograph.",
        "Look at the roots in the overlay; the count near the border may be off by the hairs cut there.",
    ),
    Flag("root_unclear", "hair", "Which end is the root cannot be told.", "Not counted when it matters; check it."),
    Flag("root_outside", "hair", "The root lies outside the usable field.", "Not counted: a hair counts by its root."),
    Flag(
        "touches_border",
        "hair",
        "The hair leaves the photograph, so its length is a lower bound.",
        "Leave it out where lengths are compared.",
    ),
    Flag("low_confidence", "hair", "Weak evidence that this is one hair.", "Not counted; check it in the overlay."),
    Flag(
        "bundled",
        "hair",
        "It touches or crosses another hair over most of its length.",
        "Its width was measured only where it is free, if anywhere.",
    ),
    Flag(
        "width_estimated",
        "hair",
        "Its width could not be measured across the shaft, or not well, and is what the strand network estimates.",
        "Leave it out where widths of single hairs are compared.",
    ),
    Flag(
        "same_photograph",
        "change",
        "Both visits name one and the same file, by its sha256.",
        "Find the photograph that was meant; no change is what a copy must give.",
    ),
    Flag(
        "scale_differs",
        "change",
        "The scales of the two photographs differ by more than 2 %.",
        "Check both scales and photograph at one magnification: a coarser scale hides thin hairs and widens the rest.",
    ),
    Flag(
        "scale_source_differs",
        "change",
        "The two scales come from different sources.",
        "State both in visits.csv: density errs by twice what the scales differ by.",
    ),
    Flag(
        "scales_disagree",
        "change",
        "The same skin is larger or smaller by more than 2 % in the later photograph than the two scales allow.",
        "Find out which scale is wrong: density errs by twice as much, and widths as much as the scale.",
    ),
    Flag(
        "many_changed",
        "change",
        "More than 30 % of the hairs are said to be lost or gained.",
        "Look at the pictures: cut hair that was not brushed off comes and goes like hair that grows.",
    ),
    Flag(
        "device_differs",
        "change",
        "A column of visits.csv that tells of device, magnification or light differs between the photographs.",
        "Photograph all visits in one way; what another device shows or hides looks like change.",
    ),
    Flag(
        "one_visit_flagged",
        "change",
        "At least one of the photographs has a flag of its own that bears on the count.",
        "Find out which in photos.csv, and take that one again if you can: what one photograph hides and the other "
        "shows looks like loss or gain.",
    ),
    Flag(
        "visits_out_of_order",
        "change",
        "The dates of this subject and site contradict the order of the visits' labels.",
        "Check visits.csv; the dates were believed.",
    ),
    Flag(
        "visit_dates_differ",
        "change",
        "Photographs of one visit have different dates.",
        "Check visits.csv; the earliest date of the visit was taken.",
    ),
    Flag(
        "first_visit_missing",
        "change",
        "This subject and site lacks the visit with which most of the study begin.",
        "Find the photograph of that visit; until then the earliest visit there is stands for the baseline.",
    ),
    Flag(
        "order_unknown",
        "change",
        "Neither dates nor labels tell the order of this subject and site's visits.",
        "Fill in visit_date; until then the visits stand in the order in which visits.csv names them.",
    ),
)

NAMES: frozenset[str] = frozenset(flag.name for flag in REGISTRY)


def ordered(names: set[str] | frozenset[str]) -> tuple[str, ...]:
    """Flag names in registry order.

    Raises
    ------
    KeyError
        When a name is not in the registry: a programming error, never the user's.
    """
    unknown = names - NAMES
    if unknown:
        raise KeyError(f"not in the flag registry: {sorted(unknown)}")
    return tuple(flag.name for flag in REGISTRY if flag.name in names)
