"""A run directory or a study file beside measured files that are given with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from packing.errors import InputError
from superlattice.comparison.sides import Comparison, compare
from superlattice.comparison.spacings import Side
from superlattice.files import read_json
from superlattice.steps.prediction import predict_study
from superlattice.steps.target import analyze_run
from superlattice.study.study import Study, load_study
from superlattice.study.tables import SaxsTable, TemTable, XrdTable


def compare_target(
    target: str | Path,
    *,
    tem: Path | None = None,
    px_per_nm: float | None = None,
    crop: tuple[int, int, int, int] | None = None,
    saxs: Path | None = None,
    q_unit: str | None = None,
    xrd: Path | None = None,
    xrd_unit: str | None = None,
    wavelength_nm: float | None = None,
) -> Comparison:
    """A run directory or a study file beside measured files; where none is given, those that the study names.

    Parameters
    ----------
    target
        Run directory, finished or not, or study file; a study file is compared by its prediction alone.
    tem, px_per_nm, crop
        Micrograph, its scale where the file has none [pixels per nm], and the rows and columns to use.
    saxs, q_unit
        Small-angle curve, and ``"1/angstrom"`` or ``"1/nm"``.
    xrd, xrd_unit, wavelength_nm
        Scan of a multilayer, what its first column is where the file does not say (``"1/angstrom"``, ``"1/nm"`` or
        ``"two_theta_deg"``), and its wavelength [nm].

    Returns
    -------
    Comparison
        Its ``summary()`` is what ``superlattice compare`` prints.

    Raises
    ------
    InputError
        If the target is neither, a file cannot be used, an option is of a file that is not given, or there is nothing
        to compare with.
    """
    path = Path(target)
    is_run = path.is_dir()
    if is_run and not (path / "study.toml").is_file():
        raise InputError(f"{path} is no run directory: it has no study.toml. Give a run directory or a study file.")
    study = _with_files(load_study(path / "study.toml" if is_run else path), tem, px_per_nm, crop, saxs, q_unit)
    study = _with_scan(study, xrd, xrd_unit, wavelength_nm)
    if study.compare.tem is None and study.compare.saxs is None and study.compare.xrd is None:
        raise InputError(
            "compare: nothing to compare with. Give --tem IMAGE, --saxs CURVE, --xrd CURVE, or a [compare] table."
        )
    sides = []
    for name, variant in study.variants().items():
        folder = path / name if name else path
        analysis, notes = None, tuple[str, ...]()
        if is_run and (folder / "trajectory.gsd").is_file():
            analysis = analyze_run(folder)
            notes = _notes(folder / "assembly.json")
        prediction = predict_study(variant)
        ligand = variant.ligand.name or prediction.ligand_name
        sides.append(Side(name=name, ligand=ligand, prediction=prediction, analysis=analysis, simulation_notes=notes))
    return compare(study, sides)


def _notes(file: Path) -> tuple[str, ...]:
    """The simulation's own warnings, which it writes when it ends."""
    return tuple(read_json(file)["warnings"]) if file.is_file() else ("the simulation has not ended",)


def _with_files(
    study: Study,
    tem: Path | None,
    px_per_nm: float | None,
    crop: tuple[int, int, int, int] | None,
    saxs: Path | None,
    q_unit: str | None,
) -> Study:
    tables: dict[str, Any] = {}
    if tem is None and (px_per_nm is not None or crop is not None):
        raise InputError("--px-per-nm and --crop are of the picture given with --tem. Give --tem IMAGE too.")
    if saxs is None and q_unit is not None:
        raise InputError("--q-unit is of the curve given with --saxs. Give --saxs CURVE too.")
    if tem is not None:
        tables["tem"] = TemTable(image=str(tem.resolve()), px_per_nm=px_per_nm, crop=crop)
    if saxs is not None:
        if q_unit is None:
            raise InputError("--saxs needs --q-unit 1/angstrom or 1/nm: the unit of q is never guessed.")
        tables["saxs"] = SaxsTable.model_validate({"curve": str(saxs.resolve()), "q_unit": q_unit})
    return study.model_copy(update={"compare": study.compare.model_copy(update=tables)})


def _with_scan(study: Study, xrd: Path | None, xrd_unit: str | None, wavelength_nm: float | None) -> Study:
    if xrd is None:
        if xrd_unit is not None or wavelength_nm is not None:
            raise InputError("--xrd-unit and --wavelength-nm are of the scan given with --xrd. Give --xrd CURVE too.")
        return study
    table = XrdTable.model_validate({"curve": str(xrd.resolve()), "q_unit": xrd_unit, "wavelength_nm": wavelength_nm})
    return study.model_copy(update={"compare": study.compare.model_copy(update={"xrd": table})})
