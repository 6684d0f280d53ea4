"""The text formats that instruments write, against SasView's own loader and against the numbers they were made of."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from packing.errors import InputError
from structure.measured.reading import read_curve

CASES = Path(__file__).parents[2] / "shared" / "data" / "cases"
REFUSED_ONCE = (
    "10wtAOT_Reline_120_reduced.pdh",
    "Anton-Paar.pdh",
    "saxess_example.pdh",
    "1umSlitSmearSphere.ABS",
    "AUSANS_run3_2_no_buffer.ABS",
    "AUSANS_run4_1_with_buffer.ABS",
    "ISIS_83404.TXT",
    "ISIS_98929.TXT",
    "apoferritin.txt",
    "conalbumin.txt",
    "cyl_400_20.txt",
    "cyl_400_40.txt",
    "sphere_60_q0_2.txt",
    "sphere_80.txt",
)
Q = np.round(np.linspace(0.02, 0.4, 40), 5)
COUNTS = np.round(100 * np.exp(-9 * Q) + 0.5, 4)
ROWS = "".join(f"{q:.5f} {i:.4f} {0.03 * i:.4f}\n" for q, i in zip(Q, COUNTS, strict=True))


def case(name: str) -> Path:
    path = CASES / name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return path


def written(tmp_path: Path, text: str, name: str = "curve.dat") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", REFUSED_ONCE)
def test_files_of_other_instruments_read_as_sasview_reads_them(name: str) -> None:
    loader = pytest.importorskip("sasdata.dataloader.loader", reason="sasdata is not installed")
    import sasdata

    path = Path(sasdata.__file__).parent / "example_data" / "1d_data" / name
    if not path.is_file():
        pytest.skip("this sasdata ships no example files")
    (theirs,) = loader.Loader().load(str(path))
    curve = read_curve(path, q_unit=None if name.endswith(".pdh") else "1/angstrom")
    scale = 10.0 if "A" in theirs.x_unit or "ngstrom" in theirs.x_unit else 1.0
    if name.endswith(".pdh"):
        scale = 1.0  # the file says 1/nm; the loader leaves the numbers as they are
    kept = np.isfinite(theirs.x) & np.isfinite(theirs.y)
    order = np.argsort(theirs.x[kept])
    # SasView leaves out an intensity of nan or a q of zero in some formats: what it has, we have.
    ours = dict(zip(curve.q_inv_nm.round(9), curve.intensity, strict=True))
    for q, intensity in zip((scale * theirs.x[kept][order]).round(9), theirs.y[kept][order], strict=True):
        assert ours[q] == pytest.approx(intensity, rel=1e-12)
    assert len(ours) - len(order) <= 1


@pytest.mark.parametrize(
    ("name", "unit", "n", "note"),
    [
        ("saxs-angle-header/curve.txt", "1/angstrom", 400, "header"),
        ("saxs-text-trailer/curve.pdh", None, 400, "4 lines after the table"),
        ("saxs-text-trailer/abs6.txt", "1/angstrom", 400, "as NIST writes"),
        ("saxs-text-trailer/curve_blank_footer.txt", "1/angstrom", 400, ""),
        ("saxs-nan-row/sp_nan.dat", None, 399, "row 6"),
    ],
)
def test_the_cases_that_were_refused_are_read(name: str, unit: str | None, n: int, note: str) -> None:
    curve = read_curve(case(name), q_unit=unit)
    assert abs(len(curve.q_inv_nm) - n) <= 1
    assert note in "; ".join(curve.notes)


@pytest.mark.parametrize(
    "header",
    [
        "# q (1/Angstrom)  I",
        "q[A^-1] I",
        "# Q (A-1), I (cm-1)",
        "# q 1/A",
        "q_inverse_angstrom, I",
        "% q [\u00c5\u207b\u00b9] I",
    ],
)
def test_a_header_that_states_the_unit_is_believed(tmp_path: Path, header: str) -> None:
    curve = read_curve(written(tmp_path, header + "\n" + ROWS))
    assert curve.q_inv_nm == pytest.approx(10 * Q)
    assert "the file says its q is in 1/angstrom" in curve.notes
    with pytest.raises(InputError, match="the file says its q is in 1/angstrom, q_unit says 1/nm"):
        read_curve(written(tmp_path, header + "\n" + ROWS), q_unit="1/nm")


@pytest.mark.parametrize("header", ["# q (nm-1) I", "# q [nm^-1]", "q 1/nm", "X unit n_m^-1"])
def test_nanometres_are_told_from_angstroms(tmp_path: Path, header: str) -> None:
    assert read_curve(written(tmp_path, header + "\n" + ROWS)).q_inv_nm == pytest.approx(Q)


def test_a_header_that_names_both_units_decides_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the unit of q is not given"):
        read_curve(written(tmp_path, "# 1/nm or 1/angstrom\n" + ROWS))


@pytest.mark.parametrize("word", ["nan", "NaN", "-1.#IND", "1.#QNAN", "inf"])
def test_rows_without_a_number_are_left_out_and_said(tmp_path: Path, word: str) -> None:
    lines = ROWS.splitlines()
    lines[4] = f"{Q[4]:.5f} {word} {word}"
    curve = read_curve(written(tmp_path, "\n".join(lines)), q_unit="1/nm")
    assert curve.q_inv_nm == pytest.approx(np.delete(Q, 4))
    assert curve.sd == pytest.approx(np.delete(np.round(0.03 * COUNTS, 4), 4), abs=1e-4)
    assert "left out for NaN or infinity: row 5" in curve.notes


def test_a_line_that_cannot_be_read_inside_the_table_is_still_an_error(tmp_path: Path) -> None:
    lines = ROWS.splitlines()
    lines[20] = "0.3 what"
    with pytest.raises(InputError, match="line 21: expected 3 numbers"):
        read_curve(written(tmp_path, "\n".join(lines)), q_unit="1/nm")


def test_six_columns_that_nist_does_not_write_are_refused(tmp_path: Path) -> None:
    text = "".join(f"{q} {i} 1 2 3 4\n" for q, i in zip(Q, COUNTS, strict=True))
    with pytest.raises(InputError, match="has 6 columns"):
        read_curve(written(tmp_path, text), q_unit="1/nm")


@pytest.mark.parametrize("attribute", ["units", "unit"])
def test_nxcansas_states_its_unit_in_either_attribute(tmp_path: Path, attribute: str) -> None:
    path = tmp_path / "curve.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("entry/data")
        group["Q"], group["I"] = Q, COUNTS
        group["Q"].attrs[attribute] = "1/angstrom"
    assert read_curve(path).q_inv_nm == pytest.approx(10 * Q)


def xrdml(counts: str, *, positions: str = "", used: str = "") -> str:
    places = positions or "<startPosition>2</startPosition><endPosition>4</endPosition>"
    return (
        '<?xml version="1.0"?><xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/1.5"><xrdMeasurement>'
        f'{used}<scan><dataPoints><positions axis="2Theta" unit="deg">{places}</positions>{counts}</dataPoints></scan>'
        "</xrdMeasurement></xrdMeasurements>"
    )


COUNTED = '<intensities unit="counts">' + " ".join(map(str, range(100, 121))) + "</intensities>"
CU = '<usedWavelength intended="K-Alpha 1"><kAlpha1 unit="Angstrom">1.5405980</kAlpha1></usedWavelength>'


def test_xrdml_gives_two_theta_intensity_and_wavelength(tmp_path: Path) -> None:
    curve = read_curve(written(tmp_path, xrdml(COUNTED, used=CU), "scan.xrdml"))
    two_theta = np.linspace(2, 4, 21)
    assert curve.q_inv_nm == pytest.approx(4 * np.pi * np.sin(np.radians(two_theta / 2)) / 0.1540598)
    assert curve.intensity.tolist() == list(range(100, 121))
    assert curve.provenance["wavelength_nm"] == pytest.approx(0.1540598)


def test_xrdml_counts_are_corrected_for_the_attenuator(tmp_path: Path) -> None:
    factors = "<beamAttenuationFactors>" + " ".join(["10"] * 10 + ["1"] * 11) + "</beamAttenuationFactors>"
    counts = COUNTED.replace("intensities", "counts")
    curve = read_curve(written(tmp_path, xrdml(factors + counts, used=CU), "scan.xrdml"))
    assert curve.intensity[:2].tolist() == [1000, 1010]
    assert curve.intensity[-1] == 120


@pytest.mark.parametrize(
    ("text", "given", "word"),
    [
        (xrdml(COUNTED), None, "needs wavelength_nm"),
        (xrdml(COUNTED, used=CU), 0.07, "the file says its wavelength is 0.15406 nm"),
        (xrdml(COUNTED, positions="<commonPosition>2</commonPosition>"), 0.154, "no start and end of 2Theta"),
        (xrdml(COUNTED, positions="<listPositions>1 2</listPositions>"), 0.154, "2 angles for 21"),
        (xrdml("<intensities>1 x</intensities>"), 0.154, "no number"),
        (xrdml(COUNTED)[:-20], 0.154, "not valid XML"),
    ],
)
def test_xrdml_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, text: str, given: float | None, word: str
) -> None:
    with pytest.raises(InputError, match=word) as error:
        read_curve(written(tmp_path, text, "scan.xrdml"), wavelength_nm=given)
    assert "\n" not in str(error.value)


def test_the_xrdml_case_is_read() -> None:
    curve = read_curve(case("xrdml-wrong-line/scan.xrdml"), q_unit="two_theta_deg", wavelength_nm=0.15406)
    assert len(curve.q_inv_nm) == 201
    assert curve.q_inv_nm[0] == pytest.approx(4 * np.pi * np.sin(np.radians(5)) / 0.15406)
