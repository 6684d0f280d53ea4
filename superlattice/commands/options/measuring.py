"""What the kinds of `measure` share: their arguments, and how one file or many are measured and told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superlattice.commands.options import arguments

if TYPE_CHECKING:
    from structure.measured.control import FitControl
    from superlattice.measuring.many import Told
    from superlattice.measuring.table import MeasuredFiles

WIDTH_OF_PIPES = 240
"""Letters of a line where the table goes to no terminal."""

LINES_EVERY = 10
"""Files after which a line is printed where progress goes to no terminal."""


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where results go, and as what."""
    parser.add_argument(
        "--save",
        type=Path,
        metavar="DIR",
        help="write figures, points, particles, caption, numbers and session there; nothing is overwritten",
    )
    parser.add_argument(
        "--format",
        default="png,svg",
        metavar="A,B",
        help="of the figures: png, svg, pdf (default png,svg)",
    )
    parser.add_argument(
        "--jobs", type=arguments.positive_int, metavar="N", help="processes for many files (default: one per core)"
    )
    parser.add_argument(
        "--against",
        metavar="NAME=WHERE",
        help="draw the results as a series: WHERE is a CSV file with columns file and NAME, a pattern of the file name "
        "with the number in brackets such as 'T_([0-9.]+)C', or start:step for a time series in the order given",
    )
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="DIR",
        help="campaign whose predicted and simulated periods are drawn with the series; NAME is its swept key",
    )
    arguments.add_json(parser)


def add_range(parser: argparse.ArgumentParser) -> None:
    """The part of a curve to use."""
    parser.add_argument(
        "--q-range", type=_q_range, metavar="A:B", help="lowest and highest q to use [1/nm], such as 0.2:3"
    )


def add_numbers(parser: argparse.ArgumentParser, names: str) -> None:
    """Numbers of a fit that a person decides on."""
    for option, form, what in (
        ("fix", "NAME=VALUE", "number that stays as it is"),
        ("bound", "NAME=A:B", "lowest and highest value of a number"),
        ("start", "NAME=VALUE", "where a number begins"),
    ):
        parser.add_argument(
            f"--{option}", action="append", default=[], metavar=form, help=f"{what}; again for others. Names: {names}"
        )


def control(args: argparse.Namespace, **chosen: Any) -> FitControl:
    """What `add_numbers` was given, with other choices."""
    from structure.measured.control import FitControl

    return FitControl(
        fixed={name: _float("--fix", value) for name, value in _pairs("--fix", args.fix)},
        bounds={name: _range("--bound", value) for name, value in _pairs("--bound", args.bound)},
        start={name: _float("--start", value) for name, value in _pairs("--start", args.start)},
        **chosen,
    )


def region(text: str) -> list[tuple[float, float]]:
    """``X,Y;X,Y;X,Y`` as corners, columns and rows [px]."""
    try:
        corners = [(float(x), float(y)) for x, y in (corner.split(",") for corner in text.split(";"))]
    except ValueError:
        raise argparse.ArgumentTypeError(f"must look like X,Y;X,Y;X,Y in pixels, got {text!r}") from None
    if len(corners) < 3:
        raise argparse.ArgumentTypeError(f"needs at least 3 corners, got {len(corners)}")
    return corners


def run_kind(args: argparse.Namespace, options: Mapping[str, Any]) -> int:
    """Measure what the arguments name, one file or many; returns the exit status."""
    given = {key: value for key, value in options.items() if value is not None and not _undecided(value)}
    return _run(args, args.kind, list(args.files), given)


def run_again(args: argparse.Namespace) -> int:
    """Measure a session file again.

    Returns
    -------
    int
        The exit status, a number.

    Raises
    ------
    InputError
        If a file no longer holds what was measured.
    """
    from packing.errors import InputError
    from superlattice.measuring.session import read_session

    session = read_session(args.session)
    if changed := session.changed():
        raise InputError(
            f"{args.session}: {', '.join(changed[:3])} no longer hold{'s' * (len(changed) == 1)} what was measured. "
            "Restore the files, or measure them anew."
        )
    return _run(args, session.kind, list(session.files), dict(session.options))


def _undecided(value: Any) -> bool:
    from structure.measured.control import FitControl

    return isinstance(value, FitControl) and not value.decides


def _run(args: argparse.Namespace, kind: str, files: list[Path], options: dict[str, Any]) -> int:
    formats = tuple(part.strip() for part in args.format.split(",") if part.strip())
    if args.save:
        from superlattice.measuring.saving import check_formats

        check_formats(formats)
    if len(files) == 1 and not files[0].is_dir() and not args.against:
        return _one(args, kind, files[0], options, formats)
    return _many(args, kind, files, options, formats)


def _one(args: argparse.Namespace, kind: str, file: Path, options: dict[str, Any], formats: tuple[str, ...]) -> int:
    from superlattice.measuring.kinds import kind_named

    result = kind_named(kind).function()(file, **options)
    if args.save:
        from superlattice.measuring.saving import save_measurement
        from superlattice.measuring.session import write_session

        save_measurement(result, args.save, formats=formats)
        write_session(args.save, kind, [file], options)
    arguments.show(args, result.to_dict(), result.summary())
    return 0


def _many(
    args: argparse.Namespace, kind: str, files: list[Path], options: dict[str, Any], formats: tuple[str, ...]
) -> int:
    from packing.errors import InputError, RunStopped
    from superlattice.measuring.kinds import files_of, kind_named
    from superlattice.measuring.many import measure_files
    from superlattice.measuring.parameters import parameter_of
    from superlattice.measuring.series import save_series, series_of

    paths = files_of(kind_named(kind), files)
    parameter = parameter_of(args.against, paths) if args.against else None
    if args.beside and parameter is None:
        raise InputError("--beside goes with --against: name the parameter along which to draw.")
    if args.beside:
        # What cannot be drawn is said before anything is measured.
        _beside(kind, args.beside, parameter[0] if parameter else "")
    with _progress(len(paths), kind_named(kind).noun) as told:
        table = measure_files(
            kind, paths, options=options, jobs=args.jobs, save=args.save, formats=formats, keep_results=False, told=told
        )
    series = None
    if parameter is not None and not table.stopped:
        series = series_of(table, *parameter, beside=_beside(kind, args.beside, parameter[0]))
        if args.save:
            save_series(series, args.save, formats=formats)
    if table.n_failed == len(paths) == 1:
        raise InputError(table.rows[0]["error"])
    _show(args, table, series)
    if table.stopped:
        raise RunStopped(f"interrupted after {len(table.rows)} of {len(paths)} files; what was done is kept.")
    if table.n_failed:
        print(
            f"superlattice measure: {table.n_failed} of {len(table.rows)} files could not be measured, see the table.",
            file=sys.stderr,
        )
    return 2 if table.n_failed else 0


def _beside(kind: str, folder: Path | None, parameter: str) -> dict[str, Any]:
    """Curves of a campaign to draw with the measured ones."""
    if folder is None:
        return {}
    from superlattice.campaign.campaign import open_campaign
    from superlattice.campaign.collect_figures import periods_along

    return {PERIODS[kind]: periods_along(open_campaign(folder), parameter)} if kind in PERIODS else {}


PERIODS = {"tem": "spacing_nm", "saxs": "nearest_nm", "xrd": "period_nm"}
"""Column of each kind that a predicted or simulated period stands beside."""


def _show(args: argparse.Namespace, table: MeasuredFiles, series: Any) -> None:
    if args.json:
        # A list, a row a file: what is averaged from them is in averages.csv and for Python.
        arguments.show(args, table.to_dict()["rows"], "")
        return
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_PIPES)
    console.print(table.to_rich(console.width))
    for row in table.rows:
        if row.get("error"):
            print(f"{row['file']} was not measured: {row['error']}")
    print(table.summary())
    if series is not None:
        print(series.summary())
    if args.save:
        print(f"written to {args.save}")


@contextmanager
def _progress(n_files: int, noun: str) -> Iterator[Told]:
    """A bar on a terminal; a line now and then where stderr goes elsewhere."""
    if not sys.stderr.isatty():

        def line(done: int, of: int, name: str) -> None:
            if of > LINES_EVERY and (done % LINES_EVERY == 0 or done == of):
                print(f"{done} of {of} {noun}s", file=sys.stderr, flush=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(f"{noun}s", total=n_files)
        yield lambda done, of, name: bars.update(task, completed=done, description=name)


def _q_range(text: str) -> tuple[float, float]:
    """``A:B`` as two numbers that rise."""
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must look like A:B in 1/nm, such as 0.2:3, got {text!r}") from None
    if not 0 <= low < high < float("inf"):
        raise argparse.ArgumentTypeError(f"must rise from zero or above, got {text!r}")
    return low, high


def _pairs(option: str, given: list[str]) -> Iterator[tuple[str, str]]:
    from packing.errors import InputError

    for entry in given:
        name, sign, value = entry.partition("=")
        if not sign or not name:
            raise InputError(f"{option} must look like NAME=VALUE, got {entry!r}.")
        yield name.strip(), value.strip()


def _float(option: str, text: str) -> float:
    from packing.errors import InputError

    try:
        return float(text)
    except ValueError:
        raise InputError(f"{option} needs a number after the equals sign, got {text!r}.") from None


def _range(option: str, text: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    if not colon:
        from packing.errors import InputError

        raise InputError(f"{option} must look like NAME=A:B, got {text!r}.")
    return _float(option, low), _float(option, high)
