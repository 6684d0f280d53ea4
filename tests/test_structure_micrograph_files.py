"""Files of micrographs: pixel sizes, legends and refusals."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageDraw

from packing.errors import InputError
from structure.imaging.readers import read_micrograph
from structure.imaging.scale_bar import filled, find_legend
from structure.micrographs.measure import measure_tem

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "tem"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the measured TEM images are not beside the project")


def noise(n: int = 96) -> np.ndarray:
    return np.random.default_rng(0).integers(60, 180, (n, n), dtype=np.uint8)


def write_mrc(path: Path, image: np.ndarray, angstrom_per_px: float) -> None:
    rows, cols = image.shape
    header = bytearray(1024)
    struct.pack_into("<10i", header, 0, cols, rows, 1, 2, 0, 0, 0, cols, rows, 1)
    struct.pack_into("<6f", header, 40, cols * angstrom_per_px, rows * angstrom_per_px, 1, 90, 90, 90)
    struct.pack_into("<3i", header, 64, 1, 2, 3)
    header[208:212] = b"MAP "
    header[212:214] = b"DD"
    path.write_bytes(bytes(header) + image.astype("<f4").tobytes())


def write_ser(path: Path, image: np.ndarray, metre_per_px: float) -> None:
    rows, cols = image.shape
    head = struct.pack("<HHHIIIIII", 0x4949, 0x0197, 0x0210, 0x4122, 0x4152, 1, 1, 0, 1)
    dimension = struct.pack("<IddII", 1, 0.0, 1.0, 0, 6) + b"Number" + struct.pack("<I", 0)
    offsets_at = len(head) + len(dimension)
    head = struct.pack("<HHHIIIIII", 0x4949, 0x0197, 0x0210, 0x4122, 0x4152, 1, 1, offsets_at, 1)
    data_at = offsets_at + 8
    element = struct.pack("<ddIddIHII", 0.0, metre_per_px, 0, 0.0, metre_per_px, 0, 6, cols, rows)
    element += image[::-1].astype("<i4").tobytes()
    tag_at = data_at + len(element)
    tag = struct.pack("<HHI", 0x4152, 0, 1_600_000_000)
    path.write_bytes(head + dimension + struct.pack("<II", data_at, tag_at) + element + tag)


def dm_tag(name: str, kind: int, body: bytes) -> bytes:
    return struct.pack(">BH", kind, len(name)) + name.encode() + body


def dm_simple(name: str, code: int, data: bytes) -> bytes:
    return dm_tag(name, 21, b"%%%%" + struct.pack(">II", 1, code) + data)


def dm_string(name: str, text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return dm_tag(name, 21, b"%%%%" + struct.pack(">IIII", 3, 20, 4, len(text)) + raw)


def dm_array(name: str, image: np.ndarray) -> bytes:
    return dm_tag(name, 21, b"%%%%" + struct.pack(">IIII", 3, 20, 6, image.size) + image.astype("<f4").tobytes())


def dm_group(name: str, *entries: bytes) -> bytes:
    return dm_tag(name, 20, struct.pack(">BBI", 0, 0, len(entries)) + b"".join(entries))


def write_dm3(path: Path, image: np.ndarray, nm_per_px: float) -> None:
    """A Gatan file with one image and nothing else, written from the published layout of its tags."""
    axis = dm_group(
        "",
        dm_simple("Origin", 6, struct.pack("<f", 0.0)),
        dm_simple("Scale", 6, struct.pack("<f", nm_per_px)),
        dm_string("Units", "nm"),
    )
    brightness = dm_group(
        "Brightness",
        dm_simple("Origin", 6, struct.pack("<f", 0.0)),
        dm_simple("Scale", 6, struct.pack("<f", 1.0)),
        dm_string("Units", ""),
    )
    size = [dm_simple("", 5, struct.pack("<I", n)) for n in image.shape[::-1]]
    data = dm_group(
        "ImageData",
        dm_group("Calibrations", brightness, dm_group("Dimension", axis, axis)),
        dm_array("Data", image),
        dm_simple("DataType", 5, struct.pack("<I", 2)),
        dm_group("Dimensions", *size),
        dm_simple("PixelDepth", 5, struct.pack("<I", 4)),
    )
    entry = dm_group("", data, dm_group("ImageTags"), dm_string("Name", "test"))
    body = struct.pack(">BBI", 1, 0, 1) + dm_group("ImageList", entry)
    path.write_bytes(struct.pack(">III", 3, len(body), 1) + body + b"\0" * 8)


def test_pixel_sizes_of_tiff(tmp_path):
    image = noise()
    imagej = tmp_path / "imagej.tif"
    tifffile.imwrite(imagej, image, imagej=True, resolution=(2.5, 2.5), metadata={"unit": "nm"})
    assert read_micrograph(imagej).px_per_nm == pytest.approx(2.5)
    micron = tmp_path / "micron.tif"
    tifffile.imwrite(micron, image, imagej=True, resolution=(2500, 2500), metadata={"unit": "um"})
    assert read_micrograph(micron).px_per_nm == pytest.approx(2.5)
    ome = tmp_path / "a.ome.tif"
    tifffile.imwrite(ome, image, metadata={"axes": "YX", "PhysicalSizeX": 0.4, "PhysicalSizeXUnit": "nm"})
    assert read_micrograph(ome).px_per_nm == pytest.approx(2.5)
    centimetre = tmp_path / "cm.tif"
    tifffile.imwrite(centimetre, image, resolution=(2.5e7, 2.5e7), resolutionunit="CENTIMETER")
    assert read_micrograph(centimetre).px_per_nm == pytest.approx(2.5)


def test_a_printer_resolution_is_no_pixel_size(tmp_path):
    for dpi in (72, 300, 1200):
        path = tmp_path / f"{dpi}.tif"
        tifffile.imwrite(path, noise(), resolution=(dpi, dpi), resolutionunit="INCH")
        assert read_micrograph(path).px_per_nm is None
        with pytest.raises(InputError, match="a scale is missing"):
            measure_tem(path)
    Image.fromarray(noise()).save(tmp_path / "dpi.png", dpi=(300, 300))
    assert read_micrograph(tmp_path / "dpi.png").px_per_nm is None


def test_mrc_ser_dm3_and_emd_bring_pixels_and_scale(tmp_path):
    image = noise().astype(float)
    write_mrc(tmp_path / "a.mrc", image, 4.0)
    write_ser(tmp_path / "a.ser", image, 0.4e-9)
    write_dm3(tmp_path / "a.dm3", image, 0.4)
    from rsciio.emd import file_writer

    axes = [
        {"name": n, "scale": 0.4, "offset": 0.0, "units": "nm", "size": 96, "navigate": False, "index_in_array": i}
        for i, n in enumerate("yx")
    ]
    metadata = {"General": {"title": "t"}, "Signal": {}}
    signal = {"data": image, "axes": axes, "metadata": metadata, "original_metadata": {}}
    file_writer(str(tmp_path / "a.emd"), signal)
    for name in ("a.mrc", "a.ser", "a.dm3", "a.emd"):
        read = read_micrograph(tmp_path / name)
        assert read.px_per_nm == pytest.approx(2.5, rel=1e-5), name
        assert sorted(read.pixels.ravel()) == sorted(image.ravel()), name
        assert len(read.sha256) == 64


def test_grey_stored_as_colour_is_grey_and_a_coloured_bar_is_allowed(tmp_path):
    image = np.stack([noise()] * 3, axis=-1)
    image[85:90, 10:60] = (255, 255, 0)
    Image.fromarray(image).save(tmp_path / "a.png")
    read = read_micrograph(tmp_path / "a.png")
    assert read.pixels[:80] == pytest.approx(noise()[:80].astype(float))


def test_unusable_files_get_one_line(tmp_path):
    rng = np.random.default_rng(0)
    whole = tmp_path / "whole.png"
    Image.fromarray(noise(256)).save(whole)
    tifffile.imwrite(tmp_path / "whole.tif", noise(256))
    tifffile.imwrite(tmp_path / "nan.tif", np.full((64, 64), np.nan, dtype=np.float32))
    tifffile.imwrite(tmp_path / "flat.tif", np.full((64, 64), 7, dtype=np.uint8))
    tifffile.imwrite(tmp_path / "stack.tif", rng.normal(size=(5, 64, 64)).astype(np.float32))
    tifffile.imwrite(tmp_path / "small.tif", rng.normal(size=(20, 64)).astype(np.float32))
    Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(tmp_path / "colour.png")
    (tmp_path / "empty.tif").write_bytes(b"")
    (tmp_path / "text.txt").write_text("no image")
    for kind in ("png", "tif", "dm3", "dm4", "mrc", "ser", "emd"):
        (tmp_path / f"text.{kind}").write_text("this is no image either" * 20)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:20000])
    (tmp_path / "cut.tif").write_bytes((tmp_path / "whole.tif").read_bytes()[:30000])
    with open(tmp_path / "huge.tif", "wb") as huge:
        huge.write(b"II*\0")
        huge.truncate(2_000_000_000)
    expected = {
        "none.tif": "is not a file",
        "empty.tif": "is empty",
        "text.txt": "is no image that can be read",
        "nan.tif": "must be finite",
        "flat.tif": "is constant",
        "stack.tif": "stack of 5 frames",
        "small.tif": "at least 32 pixels",
        "colour.png": "is in colour",
        "cut.png": "Is it complete",
        "cut.tif": "Is it complete",
        "huge.tif": "below 1 GB, got 2.0 GB",
    } | {f"text.{k}": "cannot be read as" for k in ("png", "tif", "dm3", "dm4", "mrc", "ser", "emd")}
    for name, words in expected.items():
        with pytest.raises(InputError, match=words) as error:
            measure_tem(tmp_path / name, px_per_nm=2.0)
        assert "\n" not in str(error.value), name


@pytest.mark.parametrize("style", ["white bar", "black bar", "box", "strip", "ticks"])
def test_bars_and_legends_are_found_and_measured(style):
    image = Image.fromarray(np.random.default_rng(1).integers(60, 180, (400, 500), dtype=np.uint8))
    draw = ImageDraw.Draw(image)
    x0, length = 40, 120
    y = 370
    colour = 255
    if style == "black bar":
        colour = 0
    if style == "box":
        draw.rectangle((20, 340, 220, 395), fill=255)
        colour = 0
    if style == "strip":
        draw.rectangle((0, 350, 499, 399), fill=0)
        draw.text((300, 360), "x 50000  200 kV", fill=255)
    draw.rectangle((x0, y, x0 + length - 1, y + 3), fill=colour)
    if style == "ticks":
        draw.rectangle((x0, y - 6, x0, y + 9), fill=colour)
        draw.rectangle((x0 + length - 1, y - 6, x0 + length - 1, y + 9), fill=colour)
    draw.text((60, 378), "50 nm", fill=colour)
    pixels = np.asarray(image, dtype=float)
    legend = find_legend(pixels)
    assert legend.bar_px == length
    assert legend.rows == ((0, 350) if style == "strip" else (0, 400))
    assert legend.mask[y : y + 4, x0 : x0 + length].all()
    assert legend.mask[:330].sum() == 0
    cleaned = filled(pixels, legend.mask)
    assert cleaned[legend.mask].max() < 200
    assert cleaned[legend.mask].min() > 50


def test_no_bar_is_invented():
    legend = find_legend(noise(300).astype(float))
    assert legend.bar_px is None
    assert not legend.mask.any()


@pytest.mark.slow
def test_scale_from_a_bar_needs_its_label_and_a_bar(tmp_path):
    y, x = np.mgrid[:300, :300] * (2 * np.pi / 15.0)
    waves = 120 + 40 * (np.cos(x) + np.cos(y)) / 2 + np.random.default_rng(0).normal(0, 10, x.shape)
    plain = Image.fromarray(np.clip(waves, 30, 220).astype(np.uint8))
    plain.save(tmp_path / "plain.png")
    ImageDraw.Draw(plain).rectangle((20, 280, 119, 283), fill=255)
    plain.save(tmp_path / "bar.png")
    with pytest.raises(InputError, match="no scale bar was found"):
        measure_tem(tmp_path / "plain.png", scale_bar_nm=50)
    with pytest.raises(InputError, match=r"a bar of 100 px was found"):
        measure_tem(tmp_path / "bar.png")
    found = measure_tem(tmp_path / "bar.png", scale_bar_nm=50)
    assert found.px_per_nm == pytest.approx(2.0)
    assert found.spacing_nm == pytest.approx(7.5, rel=0.003)
    # Each end of the bar to half a pixel of 100, and the microscope to one per cent.
    assert found.scale_sd_nm == pytest.approx(np.hypot(0.01, 0.01) * found.spacing_nm)
    exact = measure_tem(tmp_path / "bar.png", px_per_nm=2.0, scale_error_relative=0.05)
    assert exact.scale_sd_nm == pytest.approx(0.05 * exact.spacing_nm, rel=0.05)
    assert "taken as right to 5" in exact.summary()
    contradicted = measure_tem(tmp_path / "bar.png", scale_bar_nm=50, px_per_nm=1.5)
    assert contradicted.confidence == "low"
    assert "contradict" in contradicted.reasons[0]


@needs_data
@pytest.mark.parametrize(
    ("name", "label_nm", "px_per_nm"),
    [
        ("pbse_square.tif", 100, 2.88),
        ("pbse_square_polycrystal.tif", 200, 1.425),
        ("pbse_broken.tif", 50, 7.26),
        ("cspbbr3_cubes.png", 100, 0.71),
    ],
)
def test_bars_of_real_micrographs(name, label_nm, px_per_nm):
    legend = find_legend(read_micrograph(DATA / name).pixels)
    assert legend.bar_px is not None
    assert legend.bar_px / label_nm == pytest.approx(px_per_nm, rel=0.003)


@needs_data
@pytest.mark.slow
def test_square_array_of_real_nanocrystals():
    found = measure_tem(DATA / "pbse_square.tif", px_per_nm=2.88)
    assert (found.lattice, found.confidence) == ("square", "high")
    assert found.spacing_nm == pytest.approx(6.63, rel=0.01)
    # Its authors: psi4 0.903 of 3546 particles of 6.6 nm.
    assert found.psi4_mean == pytest.approx(0.903, abs=0.02)
    assert found.n_particles == pytest.approx(3546, rel=0.1)
    # They are fused: no outline of their own.
    assert np.isnan(found.particle_diameter_nm)


@needs_data
@pytest.mark.slow
def test_the_scale_in_the_file_is_that_of_its_bar():
    by_tag = measure_tem(DATA / "pbse_square.tif", crop=(0, 500, 0, 700))
    by_bar = measure_tem(DATA / "pbse_square.tif", crop=(0, 500, 0, 700), scale_bar_nm=100)
    assert by_tag.provenance["scale_source"] == "OlympusSIS tag"
    assert by_bar.spacing_nm == pytest.approx(by_tag.spacing_nm, rel=0.002)
    assert by_bar.scale_sd_nm > 0


@needs_data
@pytest.mark.slow
def test_polycrystal_of_real_nanocrystals():
    found = measure_tem(DATA / "pbse_square_polycrystal.tif", px_per_nm=1.425)
    assert found.lattice == "square"
    assert found.spacing_nm == pytest.approx(8.18, rel=0.015)
    assert found.n_grains > 20
    # Its authors located 8905 particles.
    centroids = np.loadtxt(DATA / "pbse_square_polycrystal_centroids.txt", skiprows=1)[:, 1:]
    from scipy.spatial import cKDTree

    ours = found.positions_nm * [1.425, -1.425] + [-0.5, 1031.5]
    nearest = cKDTree(ours).query(centroids[centroids[:, 1] < 980])[0]
    assert np.mean(nearest < 2.5) > 0.95


@needs_data
def test_broken_double_layer_is_flagged():
    found = measure_tem(DATA / "pbse_broken.tif", px_per_nm=7.26)
    assert found.confidence == "low"
    assert "broken, layered or disordered" in " ".join(found.reasons)
    # What is bright there are the gaps between particles.
    if found.feature == "bright":
        assert "like the gaps between particles" in " ".join(found.reasons)
        assert np.isnan(found.particle_diameter_nm)


@needs_data
def test_monolayer_of_real_cubes_with_holes():
    found = measure_tem(DATA / "cspbbr3_cubes.png", px_per_nm=0.71)
    assert found.lattice == "square"
    assert found.spacing_nm == pytest.approx(12.6, rel=0.03)
    # Its authors: sides of 10.2 nm with a deviation of 1.24 nm.
    assert found.particle_edge_nm == pytest.approx(10.2, abs=2.5 * found.particle_edge_sd_nm)
    # Rows have slid along each other until the cells are rhombs: no square lattice to be sure of.
    assert found.confidence == "low"
    assert "an angle of 80 degrees" in " ".join(found.reasons)
