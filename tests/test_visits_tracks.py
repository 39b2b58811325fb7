"""Hairs followed across visits."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from densitometer.visits.tracks import Compared, follow_hairs

Told = list[tuple[object, object, object]]


def match(before: int | None, after: int | None, fate: str = "persisting") -> dict[str, str | int | float | None]:
    at = {f"{which}_{axis}_px": 10.0 * (before or after or 0) for which in ("baseline", "followup") for axis in "xy"}
    return {"baseline_hair": before, "followup_hair": after, "fate": fate, **at}


def compared(baseline: str, followup: str, against: str, *matches: tuple[int | None, int | None, str]) -> Compared:
    return Compared(baseline, followup, against, [match(*one) for one in matches])


def told(photos: str, *comparisons: Compared) -> list[Told]:
    return [[(row["photo"], row["hair"], row["fate"]) for row in track] for track in follow_hairs(photos, comparisons)]


def test_hairs_are_followed_from_visit_to_visit() -> None:
    first = compared("a", "b", "baseline", (1, 2, "persisting"), (2, None, "lost"), (None, 1, "gained"))
    second = compared("b", "c", "previous", (2, 5, "persisting"), (1, None, "ambiguous"))
    assert told("abc", first, second) == [
        [("a", 1, None), ("b", 2, "persisting"), ("c", 5, "persisting")],
        [("a", 2, None), ("b", None, "lost")],
        [("b", 1, "gained"), ("c", None, "ambiguous")],
    ]


def test_the_match_with_the_baseline_bridges_a_visit_that_could_not_be_compared() -> None:
    baseline = compared("a", "c", "baseline", (1, 7, "persisting"), (2, None, "lost"))
    assert told("abc", baseline) == [[("a", 1, None), ("c", 7, "persisting")], [("a", 2, None), ("c", None, "lost")]]


def test_the_match_with_the_baseline_bridges_a_visit_that_missed_a_hair() -> None:
    comparisons = (
        compared("a", "b", "baseline", (1, None, "lost")),
        compared("a", "c", "baseline", (1, 3, "persisting")),
        compared("b", "c", "previous", (None, 3, "gained")),
    )
    assert told("abc", *comparisons) == [[("a", 1, None), ("b", None, "lost"), ("c", 3, "gained")]]


def test_no_hair_is_two_of_one_photograph() -> None:
    comparisons = (
        compared("a", "b", "baseline", (1, 1, "persisting"), (2, 2, "persisting")),
        compared("b", "c", "previous", (1, 1, "persisting"), (2, 2, "persisting")),
        compared("a", "c", "baseline", (1, 2, "persisting"), (2, 1, "persisting")),  # contradicts the other two
    )
    tracks = told("abc", *comparisons)
    assert tracks == [[("a", n, None), ("b", n, "persisting"), ("c", n, "persisting")] for n in (1, 2)]


def test_a_visit_in_between_goes_before_the_baseline() -> None:
    comparisons = (
        compared("a", "b", "baseline", (1, 1, "persisting")),
        compared("b", "c", "previous", (1, None, "lost"), (None, 2, "gained")),
        compared("a", "c", "baseline", (1, 2, "persisting")),
    )
    tracks = told("abc", *comparisons)
    assert tracks == [[("a", 1, None), ("b", 1, "persisting"), ("c", None, "lost")], [("c", 2, "gained")]]


def test_the_place_is_that_in_the_photograph() -> None:
    (track,) = follow_hairs("ab", [compared("a", "b", "baseline", (4, None, "lost"))])
    assert [(row["root_x_px"], row["root_y_px"]) for row in track] == [(40.0, 40.0), (40.0, 40.0)]


def test_nothing_compared_is_nothing_followed() -> None:
    assert follow_hairs("ab", []) == []


def some_matches(chance: random.Random, before: int, after: int) -> list[tuple[int | None, int | None, str]]:
    """Any one-to-one matches of so many hairs with so many."""
    theirs = chance.sample(range(1, after + 1), after)
    both = chance.randint(0, min(before, after))
    kept = [(a, b, "persisting") for a, b in zip(range(1, both + 1), theirs, strict=False)]
    lost = [(a, None, chance.choice(["lost", "ambiguous"])) for a in range(both + 1, before + 1)]
    return [*kept, *lost, *((None, b, "gained") for b in theirs[both:])]


@given(st.integers(0, 2**32))
def test_every_hair_that_was_matched_is_in_one_track(seed: int) -> None:
    chance = random.Random(seed)
    hairs = {photo: chance.randint(0, 4) for photo in "abcd"}
    pairs = [("a", "b", "baseline"), ("a", "c", "baseline"), ("b", "c", "previous"), ("a", "d", "baseline"),
             ("c", "d", "previous")]  # fmt: skip
    made = [compared(*pair, *some_matches(chance, hairs[pair[0]], hairs[pair[1]]))
            for pair in pairs if chance.random() < 0.8]  # fmt: skip
    tracks = told("abcd", *made)
    found = [(photo, hair) for track in tracks for photo, hair, _ in track if hair is not None]
    known = {photo for one in made for photo in (one.baseline, one.followup)}
    assert sorted(found) == sorted((photo, n) for photo in known for n in range(1, hairs[photo] + 1))
    assert all(len({photo for photo, *_ in track}) == len(track) for track in tracks)
