"""Scales of micrographs by who wrote the file: those of vendors are read, what is no calibration is none."""

from __future__ import annotations

import struct
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile

from packing.errors import InputError
from structure.imaging.readers import read_micrograph
from structure.imaging.tiff_scale import tiff_pixel_size
from structure.micrographs.measure import measure_tem

CASES = Path(__file__).parents[2] / "shared" / "data" / "cases"


def picture(columns: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(60, 180, (48, columns), dtype=np.uint8)


def write_mrc(path: Path, angstrom_per_px: float) -> Path:
    rows, columns = picture().shape
    header = bytearray(1024)
    struct.pack_into("<10i", header, 0, columns, rows, 1, 2, 0, 0, 0, columns, rows, 1)
    struct.pack_into("<6f", header, 40, columns * angstrom_per_px, rows * angstrom_per_px, angstrom_per_px, 90, 90, 90)
    struct.pack_into("<3i", header, 64, 1, 2, 3)
    header[208:214] = b"MAP DD"
    path.write_bytes(bytes(header) + picture().astype("<f4").tobytes())
    return path


def write_gatan(path: Path, unit: str, scale: float, scale_y: float | None = None) -> Path:
    tags = [
        (65003, "s", 0, unit, True),
        (65004, "s", 0, unit, True),
        (65009, "d", 1, scale, True),
        (65010, "d", 1, scale if scale_y is None else scale_y, True),
    ]
    tifffile.imwrite(path, picture(), extratags=tags, metadata=None)
    return path


def write_emd(path: Path, *images: tuple[str, str]) -> Path:
    """A Berkeley EMD file with images of the given titles and units."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs.update(version_major=0, version_minor=2)
        for title, unit in images:
            group = file.create_group(f"data/{title}")
            group.attrs["emd_group_type"] = 1
            group.create_dataset("data", data=picture().astype(float))
            for number, n in ((1, 48), (2, 64)):
                axis = group.create_dataset(f"dim{number}", data=0.4 * np.arange(n))
                axis.attrs.update(name="yx"[number - 1], units=unit)
    return path


def test_gatan_tags_of_a_tiff(tmp_path):
    read = read_micrograph(write_gatan(tmp_path / "dm.tif", "nm", 0.4))
    assert read.px_per_nm == pytest.approx(2.5)
    assert read_micrograph(write_gatan(tmp_path / "um.tif", "um", 4e-4)).px_per_nm == pytest.approx(2.5)


def test_zeiss_tag_of_a_tiff(tmp_path):
    # The fourth number of the unnamed ones is the width of a pixel [m] on a display of 1024.
    text = "0\r\n0\r\n0\r\n4e-10\r\n0\r\nAP_WIDTH\r\nWidth = 409.6 nm\r\n"
    for columns in (1024, 512):
        path = tmp_path / f"{columns}.tif"
        tag = (34118, "s", 0, text, True)
        tifffile.imwrite(path, picture(columns), extratags=[tag], metadata=None)
        assert read_micrograph(path).px_per_nm == pytest.approx(2.5 * columns / 1024)


def test_the_text_beside_a_tiff_of_hitachi(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", picture(), metadata=None)
    assert read_micrograph(tmp_path / "a.tif").px_per_nm is None
    text = "[SemImageFile]\r\nInstructName=SU8230\r\nDataSize=64x48\r\nPixelSize=0.4\r\n"
    for encoding in ("utf-16", "ascii"):
        (tmp_path / "a.txt").write_bytes(text.encode(encoding))
        assert read_micrograph(tmp_path / "a.tif").px_per_nm == pytest.approx(2.5)
    (tmp_path / "a.txt").write_text("my notes: PixelSize=0.4\n")
    assert read_micrograph(tmp_path / "a.tif").px_per_nm is None


@pytest.mark.parametrize(("mode", "selector"), [("MAG", "100000"), ("DIFF", "80")])
def test_xml_of_a_tiff_of_jeol(tmp_path, mode, selector):
    xml = (
        "<TemReporter><Eos><EosMode>eosTEM</EosMode></Eos><ElectronGun><AccelerationVoltage>200000</AccelerationVoltage>"
        "</ElectronGun><IlluminationSystem><ImageField>typeBrightField</ImageField></IlluminationSystem>"
        f"<ImageFormingSystem><ImageFormingMode>typeTEM</ImageFormingMode><ModeString>{mode}</ModeString>"
        f"<SelectorString>x</SelectorString><SelectorValue>{selector}</SelectorValue>"
        "<SelectorUnitString>cm</SelectorUnitString></ImageFormingSystem></TemReporter>"
    )
    path = tmp_path / "a.tif"
    # Pixels of 40 micrometres on the camera, at a magnification of 100 000.
    make = (271, "s", 0, "JEOL Ltd.", True)
    tifffile.imwrite(
        path,
        picture(),
        extratags=[make],
        description=xml,
        metadata=None,
        resolution=(250, 250),
        resolutionunit="CENTIMETER",
    )
    if mode == "DIFF":
        with pytest.raises(InputError, match="is a diffraction pattern"):
            read_micrograph(path)
    else:
        assert read_micrograph(path).px_per_nm == pytest.approx(2.5)


@pytest.mark.parametrize("angstrom_per_px", [-10.0, 0.0, 1.0, 10.0])
def test_an_mrc_file_without_a_calibration_has_no_scale(tmp_path, angstrom_per_px):
    # -10 is Direct Electron's sentinel, 1 what IMOD writes, and 10 what rosettasciio gives to files that say nothing.
    path = write_mrc(tmp_path / "a.mrc", angstrom_per_px)
    assert read_micrograph(path).px_per_nm is None
    with pytest.raises(InputError, match="a scale is missing"):
        measure_tem(path)


def test_an_mrc_file_with_a_calibration_has_it(tmp_path):
    assert read_micrograph(write_mrc(tmp_path / "a.mrc", 4.0)).px_per_nm == pytest.approx(2.5)


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project")
def test_the_case_of_a_negative_pixel_asks_for_a_scale():
    with pytest.raises(InputError, match="a scale is missing"):
        measure_tem(CASES / "mrc-scale-minus-1" / "mrc_cellm.mrc")


@pytest.mark.parametrize("unit", ["1 / nm", "1/nm", "nm^-1", "1/Å"])
def test_a_diffraction_pattern_is_refused_however_its_unit_is_written(tmp_path, unit):
    paths = [write_emd(tmp_path / "a.emd", ("pattern", unit))]
    # The strings of a TIFF are plain ASCII.
    paths += [write_gatan(tmp_path / "a.tif", unit, 0.4)] if unit.isascii() else []
    for path in paths:
        with pytest.raises(InputError, match="is a diffraction pattern") as error:
            measure_tem(path, px_per_nm=2.0)
        assert "\n" not in str(error.value)


def test_pixels_that_are_not_square_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"has pixels of 0\.4 by 0\.5 nm .*Resample it to square pixels"):
        read_micrograph(write_gatan(tmp_path / "a.tif", "nm", 0.4, 0.5))


def test_of_several_images_in_one_file_none_is_picked(tmp_path):
    with pytest.raises(InputError, match="holds 2 images"):
        read_micrograph(write_emd(tmp_path / "two.emd", ("first", "nm"), ("second", "nm")))
    assert read_micrograph(write_emd(tmp_path / "one.emd", ("first", "nm"))).px_per_nm == pytest.approx(2.5)


@pytest.mark.parametrize(("unit", "nm"), [("nm", 1.0), ("micron", 1000.0)])
def test_the_scale_of_imagej_is_read_and_named_as_such(unit, nm, tmp_path):
    path = tmp_path / "a.tif"
    pixels = np.zeros((32, 32), dtype=np.uint8)
    tifffile.imwrite(path, pixels, imagej=True, resolution=(4.0, 4.0), metadata={"unit": unit})
    with tifffile.TiffFile(path) as tiff:
        found = tiff_pixel_size(tiff, tiff.pages[0], path)
    assert (found.width_nm, found.height_nm) == pytest.approx((nm / 4, nm / 4))
    assert found.source == "ImageJ metadata"


@pytest.mark.parametrize(("height", "nm"), [({"pixelsizey": 3.2e-10}, 0.32), ({}, 0.4), ({"pixelsizey": 0.0}, 0.4)])
def test_the_height_of_an_olympus_pixel_is_its_own_where_the_tag_has_it(height, nm, tmp_path):
    tag = SimpleNamespace(value={"pixelsizex": 4e-10} | height)
    found = tiff_pixel_size(None, SimpleNamespace(tags={"OlympusSIS": tag}), tmp_path / "olympus.tif")
    assert (found.width_nm, found.height_nm) == pytest.approx((0.4, nm))
