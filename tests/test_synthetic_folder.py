"""A folder of rendered scenes holds what its tables say, the same for any number of processes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from densitometer.batch.inputs import find_photos
from densitometer.errors import RenderError, ResultsError
from densitometer.synthetic import Order, find_style, folder, read_truth, render_folder, render_scene
from densitometer.synthetic.changes import read_changes
from densitometer.visits.table import read_visits

SIZE = (160, 128)
BLOND = find_style("blond")


def render(out: Path, *orders: Order, workers: int = 1, masks: bool = True, overwrite: bool = False) -> None:
    for _ in render_folder(orders, out, workers=workers, masks=masks, overwrite=overwrite):
        pass


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_scene_leaves_photograph_truth_and_mask(tmp_path: Path) -> None:
    render(tmp_path, Order(BLOND, 3, SIZE))
    scene = render_scene("blond", 3, SIZE)
    assert set(files(tmp_path)) == {
        "blond_0003.jpg", "blond_0003.json", "masks/blond_0003_mask.png", "render.json", "visits.csv"
    }  # fmt: skip
    assert (tmp_path / "blond_0003.jpg").read_bytes() == scene.jpeg
    mask = cv2.imread(str(tmp_path / "masks" / "blond_0003_mask.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_allclose(mask / 255, scene.mask, atol=0.5 / 255 + 1e-6)
    truth = read_truth(json.loads((tmp_path / "blond_0003.json").read_text(encoding="utf-8")))
    assert [hair.hair for hair in truth.counted] == [hair.hair for hair in scene.truth.counted]
    assert truth.area_cm2 == pytest.approx(scene.truth.area_cm2, rel=1e-11)
    for read, known in zip(truth.hairs, scene.truth.hairs, strict=True):
        np.testing.assert_allclose(read.points_px, known.points_px, atol=0.001)
        assert read.width_um == pytest.approx(known.width_um, abs=0.02)


def test_tables_are_what_measure_takes_and_masks_are_no_photographs(tmp_path: Path) -> None:
    render(tmp_path, Order(BLOND, 1, SIZE), Order(find_style("curly"), 1, SIZE, "trial"))
    photos = [found.photo for found in find_photos([tmp_path]).found]
    visits = read_visits(tmp_path / "visits.csv").rows
    assert sorted(visit.photo for visit in visits) == photos
    assert photos == ["blond_0001.jpg", *(f"curly_0001_v{n}.jpg" for n in range(1, 5))]
    assert [(visit.visit, visit.replicate) for visit in visits[1:]] == [("1", "1"), ("1", "2"), ("2", "1"), ("3", "1")]
    assert [visit.visit_date for visit in visits[1:]] == sorted(visit.visit_date for visit in visits[1:])
    for visit in visits:
        truth = json.loads((tmp_path / visit.photo).with_suffix(".json").read_text(encoding="utf-8"))
        assert visit.um_per_px == pytest.approx(truth["um_per_px"], rel=1e-5)


def test_fates_stand_beside_a_series(tmp_path: Path) -> None:
    render(tmp_path, Order(BLOND, 2, SIZE, "loss"), masks=False)
    fates = rows(tmp_path / "fates.csv")
    assert not (tmp_path / "masks").exists()
    assert {(row["photo"], row["against"]) for row in fates} == {("blond_0002_v2.jpg", "blond_0002_v1.jpg")}
    lost = [row for row in fates if row["fate"] == "lost"]
    assert lost and all(row["width_um"] == "" and float(row["width_before_um"]) > 0 for row in lost)
    truths = [json.loads((tmp_path / f"blond_0002_v{number}.json").read_text(encoding="utf-8")) for number in (1, 2)]
    assert sum(int(row["counted_before"]) for row in fates) == truths[0]["hair_count"]
    assert sum(int(row["counted"]) for row in fates) == truths[1]["hair_count"]


def test_any_number_of_processes_writes_the_same_bytes(tmp_path: Path) -> None:
    orders = [Order(BLOND, 1, SIZE), Order(BLOND, 2, SIZE), Order(find_style("flaking"), 1, SIZE, "gain")]
    render(tmp_path / "one", *orders)
    render(tmp_path / "two", *orders, workers=2)
    one, two = files(tmp_path / "one"), files(tmp_path / "two")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_no_name_of_the_machine_or_time_gets_into_the_files(tmp_path: Path) -> None:
    render(tmp_path, Order(BLOND, 1, SIZE))
    assert [name for name, data in files(tmp_path).items() if str(tmp_path).encode() in data] == []
    with Image.open(tmp_path / "blond_0001.jpg") as image:
        assert not image.getexif()


def test_files_of_an_earlier_run_are_kept_unless_told_otherwise(tmp_path: Path) -> None:
    render(tmp_path, Order(BLOND, 1, SIZE))
    before = files(tmp_path)
    with pytest.raises(
        ResultsError, match="holds an earlier run of 1 photograph; choose an empty folder, or add --overwrite to delete"
    ):
        render(tmp_path, Order(BLOND, 1, (128, 128)))
    assert files(tmp_path) == before
    render(tmp_path, Order(BLOND, 1, (128, 128)), overwrite=True)
    assert files(tmp_path)["blond_0001.jpg"] != before["blond_0001.jpg"]


def test_what_was_rendered_before_a_stop_is_kept(tmp_path: Path) -> None:
    scenes = render_folder([Order(BLOND, seed, SIZE) for seed in (1, 2, 3)], tmp_path)
    next(scenes)
    scenes.close()
    assert [row["photo"] for row in rows(tmp_path / "visits.csv")] == ["blond_0001.jpg"]
    assert not list(tmp_path.rglob("*.part"))


def test_what_fails_leaves_nothing_so_that_it_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RenderError("no luck")

    out = tmp_path / "new" / "out"
    with monkeypatch.context() as patched:
        patched.setattr(folder, "render_scene", fail)
        with pytest.raises(RenderError, match="no luck"):
            render(out, Order(BLOND, 1, SIZE))
    assert list(tmp_path.iterdir()) == []
    render(out, Order(BLOND, 1, SIZE))
    assert rows(out / "visits.csv")


def test_what_fails_later_keeps_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, name: str, *_: object, **__: object) -> None:
        if name == "blond_0002":
            (path / "blond_0002.jpg").write_bytes(b"")
            raise ResultsError("full")
        whole(path, name, *_, **__)

    whole = folder.write_scene
    monkeypatch.setattr(folder, "write_scene", fail)
    with pytest.raises(ResultsError, match="full"):
        render(tmp_path, *(Order(BLOND, seed, SIZE) for seed in (1, 2, 3)))
    assert [row["photo"] for row in rows(tmp_path / "visits.csv")] == ["blond_0001.jpg"]
    assert [path.name for path in tmp_path.glob("*.jpg")] == ["blond_0001.jpg"]
    assert (tmp_path / "render.json").exists()


@pytest.mark.parametrize("scenario", [None, "gain"])
def test_too_large_a_scene_is_refused_before_anything_is_touched(tmp_path: Path, scenario: str | None) -> None:
    render(tmp_path, Order(BLOND, 1, SIZE))
    before = files(tmp_path)
    wide = find_style("blond", {"camera": {"um_per_px": (38.0, 38.0)}})
    with pytest.raises(
        RenderError, match=r"2560 x 2048 px at \S+ um per px takes 1\d\d x \d+ mm of scalp, .*; take fewer"
    ):
        render(tmp_path, Order(wide, 1, SIZE), Order(wide, 2, (2560, 2048), scenario), overwrite=True)
    hairy = find_style("blond", {"camera": {"um_per_px": (38.0, 38.0)}, "hair": {"density_per_cm2": (1000.0, 1000.0)}})
    with pytest.raises(RenderError, match="hairs are too many for one scalp"):
        render(tmp_path, Order(hairy, 1, (1600, 1600), scenario), overwrite=True)
    assert files(tmp_path) == before


def test_overwriting_leaves_no_file_of_the_earlier_run_and_every_file_of_others(tmp_path: Path) -> None:
    render(tmp_path, Order(BLOND, 1, SIZE, "gain"))
    others = ("notes.txt", "curly_0001.jpg", "blond_0009_v1.jpg", "masks/mine.png")
    for name in others:
        (tmp_path / name).write_text("mine", encoding="utf-8")
    render(tmp_path, Order(BLOND, 1, SIZE), masks=False, overwrite=True)
    assert set(files(tmp_path)) == {*others, "blond_0001.jpg", "blond_0001.json", "render.json", "visits.csv"}
    assert all((tmp_path / name).read_text(encoding="utf-8") == "mine" for name in others)


@pytest.mark.parametrize(
    "record",
    [
        "{",
        "[]",
        '{"scenes": 1}',
        '{"scenes": [{"photos": [1], "visits": []}]}',
        '{"scenes": [{"photos": ["../mine.jpg", "/mine.jpg", "mine.txt"], "visits": []}]}',
    ],
)
def test_a_record_that_is_not_ours_removes_nothing(tmp_path: Path, record: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "mine.jpg").write_bytes(b"mine")
    (out / "mine.txt").write_bytes(b"mine")
    (out / "fates.csv").write_bytes(b"mine")
    (out / "render.json").write_text(record, encoding="utf-8")
    before = files(tmp_path)
    with pytest.raises(ResultsError, match="render.json would be replaced and is not of an earlier run"):
        render(out, Order(BLOND, 1, SIZE), overwrite=True)
    assert files(tmp_path) == before


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("earlier", "mine", "scenario"),
    [
        (False, "visits.csv", None),
        (False, "blond_0001.jpg", None),
        (True, "fates.csv", "gain"),
        (True, "blond_0002.json", None),
    ],
)
def test_files_that_no_run_wrote_are_never_replaced(
    tmp_path: Path, overwrite: bool, earlier: bool, mine: str, scenario: str | None
) -> None:
    if earlier:
        render(tmp_path, Order(BLOND, 1, SIZE))
    (tmp_path / mine).write_text("mine", encoding="utf-8")
    before = files(tmp_path)
    with pytest.raises(
        ResultsError, match=f"{mine} would be replaced and is not of an earlier run, .* or move it away"
    ):
        render(tmp_path, Order(BLOND, 1, SIZE, scenario), Order(BLOND, 2, SIZE), overwrite=overwrite)
    assert files(tmp_path) == before


def test_anothers_table_that_this_run_has_no_use_for_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "fates.csv").write_text("mine", encoding="utf-8")
    render(tmp_path, Order(BLOND, 1, SIZE))
    assert (tmp_path / "fates.csv").read_text(encoding="utf-8") == "mine"


def test_the_number_of_files_in_the_way_is_told_as_one_says_it(tmp_path: Path) -> None:
    for taken, words in (
        ("visits.csv", "visits.csv would"),
        ("blond_0001.json", "visits.csv and 1 more file would be replaced and are not"),
    ):
        (tmp_path / taken).write_text("", encoding="utf-8")
        with pytest.raises(ResultsError, match=words):
            render(tmp_path, Order(BLOND, 1, SIZE))
    (tmp_path / "blond_0001.jpg").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="and 2 more files would"):
        render(tmp_path, Order(BLOND, 1, SIZE))


def test_orders_that_would_overwrite_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="blond_0001 is asked for 2 times"):
        render(tmp_path, Order(BLOND, 1, SIZE), Order(BLOND, 1, SIZE))
    other = find_style("blond", {"camera": {"um_per_px": (3.0, 3.0)}})
    with pytest.raises(RenderError, match="two styles of the name blond"):
        render(tmp_path, Order(BLOND, 1, SIZE), Order(other, 2, SIZE))


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="file cannot be written .*; choose another folder"):
        render(tmp_path / "file", Order(BLOND, 1, SIZE), masks=False)


def test_changes_are_read_by_the_kind_of_their_value() -> None:
    texts = [
        "camera.um_per_px=4,5",
        "hair.regularity=1",
        "hair.colours=red, blond",
        "hair.curl_mm=none",
        "camera.light=usb",
    ]
    texts += ["camera.glare = 0.5", "hair.unit_weights=1,2,3", "hair.curl_mm=1,2"]
    assert read_changes(texts) == {
        "camera": {"um_per_px": (4.0, 5.0), "light": "usb", "glare": (0.5, 0.5)},
        "hair": {
            "regularity": 1.0,
            "colours": ("red", "blond"),
            "curl_mm": (1.0, 2.0),
            "unit_weights": (1.0, 2.0, 3.0),
        },
    }
    assert find_style("blond", read_changes(texts)).hair.colours == ("red", "blond")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("camera", "changes nothing; write PART.NAME=VALUE"),
        ("camera.um_per_px=", "changes nothing"),
        ("lens.um_per_px=4", "no part 'lens'; its parts are hair, skin, camera, extras"),
        ("camera.um_per_pixel=4", r"camera has no value 'um_per_pixel'; did you mean camera.um_per_px\?$"),
        ("camera.zzz=4", "camera has no value 'zzz'; it has um_per_px, tilt_deg,"),
        ("hair.UM_PER_PX=4", r"hair has no value 'UM_PER_PX'; did you mean camera.um_per_px\?$"),
        ("um_per_px=5", r"names no part of a style; did you mean camera.um_per_px\? write PART.NAME=VALUE"),
        ("zzz=5", "names no part of a style; write PART.NAME=VALUE"),
        ("skin.wrinkle=5", r"did you mean skin.wrinkles or skin.wrinkle_mm\?$"),
        ("camera.um_per_px=four", "'four' is not a number"),
        ("camera.um_per_px=4,5,6", "has 3 numbers; give one, or the two ends"),
        ("hair.regularity=1,2", "has 2 numbers; give one"),
    ],
)
def test_changes_that_make_no_sense_are_refused(text: str, message: str) -> None:
    with pytest.raises(RenderError, match=message):
        read_changes([text])
