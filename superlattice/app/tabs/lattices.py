"""The tab *Which lattice*: a second kind, how dense each candidate packs, and which of them is stable."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from packing.errors import InputError
from packing.lattices.catalogue import TEMPLATES
from packing.matter.ligand_rows import ENTRIES
from packing.matter.material_table import MATERIALS
from packing.shapes import Sphere
from superlattice.app.tabs import charts
from superlattice.app.tabs.bench import Bench
from superlattice.app.tabs.page import RUNS, Page
from superlattice.app.words import Words, study_words

NONE = "none"
_STATES = {"medium": "in the medium, under osmotic pressure", "dry": "dry: bounds alone"}
_EFFORTS = {
    "static": "relaxed crystals (seconds to a minute)",
    "--hold": "and does each hold when warm? (minutes)",
    "--free-energy": "and its free energy (tens of minutes)",
}


class LatticeTab:
    """The second kind and the candidates on the left, their ranks and their stability on the right.

    Parameters
    ----------
    page
        Whose study is asked about.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._is_loading = True
        with ui.row(wrap=True).classes("panel"):
            with ui.column().classes("knobs"):
                self._build_knobs()
            with ui.column().classes("answer"):
                ui.label("Packed").classes("headline")
                self.wrong = ui.label().classes("wrong say").props('data-mark="lattice-wrong"')
                self.ranks = ui.echart({"series": []}).classes("chart").props('data-mark="ranks"')
                self.note = ui.label().classes("say text-grey-8").props('data-mark="rank-note"')
                ui.label("Stable").classes("headline")
                ui.label(
                    "Each candidate is relaxed with the pair energies of any pose, and told against crystals of one "
                    "kind each. Packing densest and being stable are two questions."
                ).classes("say")
                self.bench = Bench("Compute the stability", "stability", self.words, page.folder, self._shown_words)
        page.listen(self.refresh)
        self.refresh()

    def _build_knobs(self) -> None:
        self.second = ui.select(
            [NONE, *MATERIALS], label="Second kind", with_input=True, on_change=lambda e: self._choose(e.value)
        ).props('data-mark="second"')
        with ui.column().classes("w-full") as self.of_second:
            self.shape = ui.select(
                ["sphere", "cube"], label="Its shape", on_change=lambda e: self._reshape(e.value)
            ).props('data-mark="second-shape"')
            self.size = ui.number(
                "its diameter or edge [nm]", min=1, step=0.5,
                on_change=lambda e: self._put_size(self.shape.value, e.value),
            ).props('data-mark="second-size"')  # fmt: skip
            self.ligand = ui.select(
                [e.name for e in ENTRIES], label="Its ligand", with_input=True,
                on_change=lambda e: self._put(partner__ligand__name=e.value) if e.value else None,
            )  # fmt: skip
            self.spread = ui.number(
                "its size spread [%]", min=0, max=30, step=0.5,
                on_change=lambda e: self._put(partner__size_spread=(e.value or 0) / 100),
            )  # fmt: skip
        self.lattices = ui.select(
            list(TEMPLATES), label="Candidates (empty: the usual ones)", multiple=True, clearable=True,
            on_change=lambda e: self._put(packing__lattices=list(e.value) if e.value else None),
        ).props('use-chips data-mark="candidates"')  # fmt: skip
        self.state = ui.select(_STATES, label="Where", value="medium", on_change=self._preview)
        self.pressure = ui.number(
            "osmotic pressure [kT/nm³]",
            min=0,
            on_change=self._preview,
            placeholder="empty: where drying begins to squeeze",
        ).props('data-mark="pressure"')
        self.effort = ui.select(_EFFORTS, label="How much", value="static", on_change=self._preview)
        self.effort.props('data-mark="effort"')

    def _put(self, **changes: Any) -> None:
        if not self._is_loading:
            self.page.put(**changes)

    def _reshape(self, shape: str | None) -> None:
        self._put_size(shape, self.size.value)

    def _put_size(self, shape: str | None, size: float | None) -> None:
        if shape and size:
            keys = {"diameter_nm": size if shape == "sphere" else None, "edge_nm": size if shape == "cube" else None}
            self._put(partner__shape=shape, **{f"partner__{key}": value for key, value in keys.items()})

    def _choose(self, name: str | None) -> None:
        if self._is_loading or name is None:
            return
        if name == NONE:
            self.page.put(partner=None)
        elif self.page.draft.get("partner") is None:
            usual = {"shape": "sphere", "diameter_nm": 12.0, "size_spread": 0.04, "ligand__name": "oleate"}
            self.page.put(partner__material=name, **{f"partner__{key}": value for key, value in usual.items()})
        else:
            self.page.put(partner__material=name)

    def refresh(self) -> None:
        """Show the study and how its candidates pack."""
        get = self.page.draft.get
        self._is_loading = True
        try:
            second = get("partner")
            self.second.set_value(second.get("material") if second else NONE)
            self.of_second.set_visibility(bool(second))
            if second:
                self.shape.set_value(second.get("shape", "cube"))
                self.size.set_value(second.get("diameter_nm") or second.get("edge_nm"))
                self.ligand.set_value((second.get("ligand") or {}).get("name"))
                self.spread.set_value(round(100 * float(second.get("size_spread") or 0), 3))
            self.lattices.set_value([name for name in get("packing.lattices") or [] if name in TEMPLATES])
        finally:
            self._is_loading = False
        self._show_ranks()
        self._preview()

    def _show_ranks(self) -> None:
        try:
            study, answer = self.page.draft.study(), self.page.answer()
        except InputError as error:
            self.wrong.set_text(" ".join(str(error).split()))
            self.ranks.set_visibility(False)
            return
        self.wrong.set_text("")
        self.ranks.set_visibility(bool(answer.lattices))
        found = {name: fraction for name, fraction, _ in answer.lattices}
        self.ranks.options.clear()
        self.ranks.options.update(charts.bars(found, x="packing fraction, ligands included", unit="", digits=3))
        self.ranks.update()
        likely = [f"{name} {probability:.0%}" for name, _, probability in answer.lattices if probability >= 0.005]
        if answer.coming:
            self.note.set_text(f"The lattices are coming: {answer.coming}.")
            return
        kind = "spheres" if isinstance(study.nanocrystal.build().shape, Sphere) else "cubes"
        self.note.set_text(
            f"Likeliest by packing, within what is not known of sizes and coverage: {', '.join(likely)}."
            if likely
            else f"One kind of {kind}: no other lattice is ranked."
        )

    def _preview(self) -> None:
        self.bench.preview()

    def _shown_words(self) -> Words:
        return self._words_of(self.page.draft.file.name)

    def words(self) -> Words | None:
        """The command; the study is saved first."""
        saved = self.page.save()
        return self._words_of(self.page.shown(saved)) if saved else None

    def _words_of(self, file: str) -> Words:
        more = ["--out", RUNS]
        if self.state.value == "dry":
            more.append("--dry")
        elif self.pressure.value:
            more += ["--pressure", f"{float(self.pressure.value):g}"]
        if self.effort.value != "static" and self.state.value != "dry":
            more.append(str(self.effort.value))
        stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        return study_words("stability", file, *more, "--figure", f"{RUNS}/{stem}-stability.png")
