"""`retouchgpt bench`: how long things take here, by photo size, or how good the results are."""

import argparse
import sys
from pathlib import Path

from retouchgpt_core.cli.shared_options import add_data_option, add_engine_options, data_folder
from retouchgpt_core.errors import UsageError

SUBJECTS = ("speed", "photo", "quality", "face")
SHOWN_PICTURES = 12
STEERING_CROPS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="speed|photo|quality|face|PHOTO",
        help="what to measure (default: speed), and for speed and photo on which portrait",
    )
    parser.add_argument(
        "--runs", type=int, default=3, help="speed, photo: runs to take the median of (default 3)"
    )
    parser.add_argument(
        "--megapixels", type=float, nargs="+", metavar="MP",
        help="photo: sizes to measure (default: 12 24 100)",
    )  # fmt: skip
    parser.add_argument(
        "--faces", type=int, default=24, help="quality: held-out faces to draw on (default 24)"
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("quality"), metavar="FOLDER",
        help="quality: where the report goes (default: quality)",
    )  # fmt: skip
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="quality: where prepared faces are kept"
    )
    add_data_option(parser)
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure what was asked for and print it."""
    words: list[str] = list(arguments.words)
    subject = words.pop(0) if words and words[0] in SUBJECTS else "speed"
    if len(words) > (subject in ("speed", "photo")):
        raise UsageError(f"{words[-1]} is one argument too many.", "Try: retouchgpt bench --help")
    if subject == "quality":
        return _quality(arguments)
    if subject == "face":
        return _face(arguments)
    if arguments.runs < 1:
        raise UsageError("At least one run is needed.", "Use --runs N.")
    portrait = Path(words[0]) if words else None
    return _photo(arguments, portrait) if subject == "photo" else _speed(arguments, portrait)


def _speed(arguments: argparse.Namespace, path: Path | None) -> int:
    from retouchgpt_core.engine import Engine
    from retouchgpt_core.evaluation.speed import table, time_round
    from retouchgpt_core.photo import Photo
    from retouchgpt_core.synthesis.sample import sample_portrait

    engine = Engine.load(arguments.weights, arguments.lang_model, arguments.device)
    photo = sample_portrait(engine.finder).photo if path is None else Photo.read(path)
    print(f"{photo.width} x {photo.height}, {engine.device_name}, {arguments.runs} runs\n")
    print(table(time_round(engine, photo, arguments.runs)))
    return 0


def _photo(arguments: argparse.Namespace, path: Path | None) -> int:
    from retouchgpt_core.evaluation.photo_bench import (
        SIZES,
        Setup,
        measure_sizes,
        ratio_table,
        table,
        verdict,
    )
    from retouchgpt_core.evaluation.sized_photo import ENLARGED, MEGAPIXELS
    from retouchgpt_core.face.finder import FaceFinder
    from retouchgpt_core.paths import weights_folder
    from retouchgpt_core.photo import Photo
    from retouchgpt_core.synthesis.sample import sample_portrait

    sizes: list[float] = sorted(arguments.megapixels or SIZES)
    low, high = MEGAPIXELS
    if not all(low <= size <= high for size in sizes):
        raise UsageError(f"Sizes lie between {low:g} and {high:g} megapixels.", "--megapixels 12")
    if path is None:
        finder = FaceFinder.load(weights_folder(arguments.weights) / "face")
        portrait, enlarged = sample_portrait(finder).photo, ENLARGED
    else:
        portrait, enlarged = Photo.read(path), 1
    setup = Setup(arguments.runs, arguments.weights, arguments.lang_model, arguments.device)
    reports = measure_sizes(
        portrait, enlarged, sizes, setup, lambda size: print(f"{size} ...", flush=True)
    )
    for report in reports:
        busy = "" if report.load is None else f"; machine load {report.load:.1f} beforehand"
        print(
            f"{report.width} x {report.height}: {report.iod:.0f} px between the eyes, "
            f"{report.marks} marks, {100 * report.changed:.2f} % of the pixels changed{busy}"
        )
    print(f"\n{reports[0].device}, {setup.runs} runs\n\n{table(reports)}\n")
    print(f"{ratio_table(reports)}\n")
    print(verdict(reports))
    return 0


def _face(arguments: argparse.Namespace) -> int:
    data = data_folder(arguments)

    from retouchgpt_core.paths import weights_folder
    from retouchgpt_core.training.face_bench import measured_figures, table

    folder = weights_folder(arguments.weights) / "face"
    print(table(measured_figures(data, folder, lambda what: print(f"... {what}", file=sys.stderr))))
    return 0


def _quality(arguments: argparse.Namespace) -> int:
    if arguments.faces < 1:
        raise UsageError("At least one face is needed.", "Use --faces N.")
    data, folder = data_folder(arguments), Path(arguments.output)

    from retouchgpt_core.engine import Engine
    from retouchgpt_core.evaluation.ablation import measure_steering
    from retouchgpt_core.evaluation.drawn_set import IODS, chosen_faces, clean_faces, fingerprint
    from retouchgpt_core.evaluation.quality import PictureScore, measure_pictures
    from retouchgpt_core.evaluation.quality_report import (
        markdown,
        table_of,
        write_report,
        write_sheet,
    )
    from retouchgpt_core.evaluation.quality_tables import tables
    from retouchgpt_core.evaluation.real_marks import labelled_photos, measure, network_finder
    from retouchgpt_core.training.retouch_data import held_out_faces
    from retouchgpt_core.training.retouch_fold_figures import measure_folds
    from retouchgpt_core.training.retouch_folds import folded_faces
    from retouchgpt_core.training.retouch_real import is_for_training

    engine = Engine.load(arguments.weights, arguments.lang_model, arguments.device)
    networks = engine.networks
    store = held_out_faces(data, arguments.cache)
    faces = chosen_faces(store.faces, arguments.faces)
    folder.mkdir(parents=True, exist_ok=True)
    scores: list[PictureScore] = []
    pictures: list[str] = []
    mark = 0
    for measured in measure_pictures(clean_faces(data, faces), networks):
        mark = fingerprint([measured.picture], mark)
        if len(pictures) < SHOWN_PICTURES:
            pictures.append(write_sheet(measured, folder, len(pictures)))
        scores.append(measured.score)
        print(f"\r{len(scores)} of {len(IODS) * len(faces)} pictures", end="", flush=True)
    print()
    found = tables(scores)
    if (data / "marks.jsonl").is_file():
        people = [p for i, p in enumerate(labelled_photos(data)) if not is_for_training(i)]
        real = measure(people, network_finder(networks.image)).table()
        found.append(table_of("Real photographs", "People whose marks were never shown.", real))
    folded = folded_faces(data, kept_apart=True)
    if folded:
        note = "Old faces whose folds were never taught; the labels are a filter's."
        found.append(table_of("Folds", note, measure_folds(networks.image, folded)))
    steering = measure_steering(networks.image, networks.words, store, STEERING_CROPS)
    found.append(table_of("Do the words steer?", "With no gate by the plan.", steering))
    intro = (
        f"{len(faces)} held-out faces, {len(scores)} pictures, {engine.device_name}. "
        f"Drawings {mark:08x}: reports with the same number were made on the same pictures."
    )
    text, web = write_report(folder, intro, found, pictures)
    print("\n\n".join(f"{t.title}\n\n{markdown(t)}" for t in found))
    print(f"\nThe report is {web} (and {text}).")
    return 0
