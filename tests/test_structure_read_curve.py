"""Readers of measured curves: every usual layout reads alike, and what cannot be used is refused in one line."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from packing.errors import InputError
from structure.measured.reading import read_curve

Q = np.round(np.linspace(0.02, 0.4, 40), 5)
I = np.round(100 * np.exp(-9 * Q) + 0.5, 4)  # noqa: E741


def written(tmp_path, text, name="curve.dat"):
    path = tmp_path / name
    path.write_text(text)
    return path


def rows(separator, decimal=".", columns=2):
    made = []
    for q, i in zip(Q, I, strict=True):
        numbers = [q, i, 0.03 * i, 0.001][:columns]
        made.append(separator.join(f"{x:.6f}".replace(".", decimal) for x in numbers))
    return "\n".join(made) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        rows("  "),
        "# q I\n" + rows("\t"),
        "q,I\n" + rows(","),
        "Sample: dots\n40\nq I sd\n" + rows(" ", columns=3),
        "% made by x\n" + rows(";", ","),
        rows("\t", ","),
        rows(" ", ","),
        rows(", ", columns=4),
        "\ufeff" + rows(";"),
    ],
)
def test_every_layout_gives_the_same_numbers(tmp_path, text):
    curve = read_curve(written(tmp_path, text), q_unit="1/angstrom")
    np.testing.assert_allclose(curve.q_inv_nm, 10 * Q, rtol=1e-9)
    np.testing.assert_allclose(curve.intensity, I, rtol=1e-9)
    assert len(curve.provenance["sha256"]) == 64


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("no numbers here\n", "no rows"),
        ("0.1 1\n0.2 2\n0.3 1\n", "at least"),
        (rows(" ") + "0.41\n", "line 41"),
        (rows(" ").replace(f"{I[5]:.6f}", "-50.0"), "negative"),
        ("\n".join([*rows(" ").splitlines()[:20], *rows(" ").splitlines()[18:]]), "rise"),
        ("\n".join(f"{q:.3f} 1.0" for q in Q), "nothing to measure"),
        ("\n".join(rows(" ").splitlines()[:20] + rows(" ").splitlines()[19:]), "repeated"),
        ("\n".join(f"1,{k},2,{k}" for k in range(20)), "commas"),
        (rows(" ").replace("\n", " 1 1 1\n"), "columns"),
        ("<a><b></a>", "XML"),
        ("\0\1\2" * 50, "binary"),
        ("# q (1/nm)\n" + rows(" "), "1/nm"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path, text, word):
    with pytest.raises(InputError) as caught:
        read_curve(written(tmp_path, text), q_unit="1/angstrom")
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_unit_is_never_guessed(tmp_path):
    with pytest.raises(InputError, match="unit of q"):
        read_curve(written(tmp_path, "# q, I\n" + rows(" ")))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.dat"
    with path.open("wb") as stream:
        stream.truncate(2_000_000_000)
    with pytest.raises(InputError, match="2000 MB"):
        read_curve(path, q_unit="1/nm")


def test_falling_q_is_turned_round_and_said(tmp_path):
    curve = read_curve(written(tmp_path, "\n".join(rows(" ").splitlines()[::-1])), q_unit="1/nm")
    np.testing.assert_allclose(curve.intensity, I)
    assert any("turned" in note for note in curve.notes)


def test_scattering_angle_becomes_q(tmp_path):
    angles = np.linspace(2.0, 30.0, 20)
    text = "\n".join(f"{x:.6f} {y:.6f}" for x, y in zip(angles, np.exp(-angles), strict=True))
    curve = read_curve(written(tmp_path, text), q_unit="two_theta_deg", wavelength_nm=0.15406)
    np.testing.assert_allclose(curve.q_inv_nm[-1], 4 * np.pi / 0.15406 * np.sin(np.radians(15)), rtol=1e-6)
    with pytest.raises(InputError, match="wavelength"):
        read_curve(written(tmp_path, text), q_unit="two_theta_deg")


def test_cansas_files_carry_their_unit(tmp_path):
    path = tmp_path / "curve.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("entry/data")
        group["Q"], group["I"] = Q, I
        group["Q"].attrs["units"] = "1/angstrom"
    points = "".join(f'<Idata><Q unit="1/A">{q}</Q><I unit="1/cm">{i}</I></Idata>' for q, i in zip(Q, I, strict=True))
    xml = f'<?xml version="1.0"?><SASroot><SASentry><SASdata>{points}</SASdata></SASentry></SASroot>'
    for made in (read_curve(path), read_curve(written(tmp_path, xml, "curve.xml"))):
        np.testing.assert_allclose(made.q_inv_nm, 10 * Q)
    with pytest.raises(InputError, match="the file says"):
        read_curve(path, q_unit="1/nm")
