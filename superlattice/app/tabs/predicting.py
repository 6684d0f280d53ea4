"""The tab *Predict*: knobs of the study, and the analytic answer while they are moved."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from packing.errors import InputError
from packing.matter.ligand_rows import ENTRIES
from packing.matter.material_table import MATERIALS
from packing.matter.media import MEDIA
from superlattice.app.tabs import charts
from superlattice.app.tabs.own_ligand import KEYS, OwnLigand
from superlattice.app.tabs.page import Page, Twins
from superlattice.app.words import study_words

OWN = "my own …"
_SOLID = {
    "density_kg_m3": ("density [kg/m³]", 5000.0),
    "lattice_nm": ("lattice constant [nm]", 0.6),
    "refractive_index": ("refractive index", 2.0),
    "permittivity": ("static permittivity", 10.0),
}


class PredictTab:
    """Knobs on the left, the answer on the right.

    Parameters
    ----------
    page
        Whose study they turn.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._is_loading = False
        with ui.row(wrap=True).classes("panel"):
            with ui.column().classes("knobs"):
                self._build_knobs()
            with ui.column().classes("answer"):
                self._build_answer()
        page.listen(self.refresh)
        self.refresh()

    def _build_knobs(self) -> None:
        self.material = self._select("Core", [*MATERIALS, OWN], self._choose_material, "material")
        with ui.column().classes("w-full") as self.solid:
            self.solid_name = ui.input(
                "name, yours to choose", on_change=lambda e: self._put(nanocrystal__material=e.value or None)
            )
            self.solid_numbers = {
                key: ui.number(label, on_change=lambda e, k=key: self._put(**{f"nanocrystal__made_of__{k}": e.value}))
                for key, (label, _) in _SOLID.items()
            }
        self.shape = self._select("Shape", ["cube", "sphere"], self._choose_shape, "shape")
        self.size = self._slider("size", "Edge or diameter [nm]", 2.0, 20.0, 0.1, self._put_size)
        self.spread = self._slider(
            "spread", "Size spread [%]", 0.0, 15.0, 0.5, lambda v: self._put(nanocrystal__size_spread=round(v / 100, 4))
        )
        self.ligand = self._select("Ligand", [*(e.name for e in ENTRIES), OWN], self._choose_ligand, "ligand")
        self.own_ligand = OwnLigand(self.page)
        self.coverage = self._slider(
            "coverage", "Chains per nm²", 0.2, 5.5, 0.1, lambda v: self._put(ligand__coverage_per_nm2=round(v, 3))
        )
        self.medium = self._select("Medium", list(MEDIA), lambda v: self._put(environment__medium=v), "medium")

    def _build_answer(self) -> None:
        self.headline = ui.label().classes("headline say").props('data-mark="headline"')
        self.wrong = ui.label().classes("wrong say").props('data-mark="wrong"')
        with ui.row().classes("items-center") as self.coming:
            ui.spinner(size="1.4em")
            self.coming_note = ui.label().classes("say").props('data-mark="coming"')
        with ui.column().classes("w-full") as self.found:
            self.spacings = ui.echart({"series": []}).classes("chart")
            with ui.row(wrap=True).classes("w-full no-gap"):
                self.energy = [ui.echart({"series": []}).classes("chart half") for _ in range(2)]
            self.saxs = ui.echart({"series": []}).classes("chart")
            self.saxs_note = ui.label().classes("say text-grey-8")
            self.facts = ui.html("").classes("w-full")
            self.warnings = ui.label().classes("say")
        self.twins = Twins()
        with ui.expansion("The study file", icon="description").classes("w-full"):
            self.text = ui.textarea().classes("w-full").props("autogrow input-style='font-family: monospace'")
            ui.button("Use this text", on_click=self._take_text).props("no-caps flat").props('data-mark="use-text"')

    def _select(self, label: str, names: list[str], choose: Any, mark: str) -> Any:
        # A name that is typed and not in the list is answered with the nearest ones.
        made = ui.select(
            names,
            label=label,
            with_input=True,
            new_value_mode="add-unique",
            on_change=lambda e: self._if_user(choose, e.value),
        )
        return made.classes("w-full").props(f'data-mark="{mark}"')

    def _slider(self, mark: str, label: str, low: float, high: float, step: float, put: Any) -> Any:
        with ui.row().classes("w-full items-center no-wrap"):
            ui.label(label).style("flex: 1")
            number = (
                ui.number(min=low, max=high, step=step)
                .props("dense borderless")
                .style("width: 5em")
                .props(f'data-mark="{mark}"')
            )
        slider = ui.slider(min=low, max=high, step=step).props("label").props(f'data-mark="{mark}-slider"')

        def moved(value: Any) -> None:
            if isinstance(value, int | float) and not self._is_loading:
                put(float(value))

        slider.on("update:model-value", lambda e: moved(e.args), throttle=0.15)
        number.on("change", lambda: moved(number.value))
        number.on("keydown.enter", lambda: moved(number.value))
        return slider, number

    def _if_user(self, choose: Any, value: Any) -> None:
        if not self._is_loading and value is not None:
            choose(value)

    def _put(self, **changes: Any) -> None:
        if not self._is_loading:
            self.page.put(**changes)

    def _put_size(self, value: float) -> None:
        key = "diameter_nm" if self.page.draft.get("nanocrystal.shape", "cube") == "sphere" else "edge_nm"
        self._put(**{f"nanocrystal__{key}": round(value, 3)})

    def _choose_shape(self, shape: str) -> None:
        size = self._size()
        keys = {"edge_nm": size if shape == "cube" else None, "diameter_nm": size if shape == "sphere" else None}
        self.page.put(nanocrystal__shape=shape, **{f"nanocrystal__{k}": v for k, v in keys.items()})

    def _size(self) -> float:
        found = self.page.draft.get("nanocrystal.edge_nm") or self.page.draft.get("nanocrystal.diameter_nm")
        return float(found) if isinstance(found, int | float) else 8.6

    def _choose_material(self, name: str) -> None:
        if name != OWN:
            self.page.put(nanocrystal__material=name, nanocrystal__made_of=None)
            return
        numbers = {f"nanocrystal__made_of__{key}": value for key, (_, value) in _SOLID.items()}
        self.page.put(nanocrystal__material="my material", **numbers)

    def _choose_ligand(self, name: str) -> None:
        own = {f"ligand__{key}": None for key in KEYS}
        if name != OWN:
            self.page.put(**own | {"ligand__name": name, "ligand__coverage_per_nm2": None})
            return
        self.page.put(**own | {"ligand__name": "my ligand", "ligand__n_carbons": 18, "ligand__coverage_per_nm2": 3.0})

    def _take_text(self) -> None:
        try:
            self.page.draft.take(self.text.value or "")
        except InputError as error:
            self.page.say(str(error), wrong=True)
            return
        self.page.changed()

    def refresh(self) -> None:
        """Show the study and its answer."""
        self._is_loading = True
        try:
            self._show_knobs()
        finally:
            self._is_loading = False
        self._show_answer()

    def _show_knobs(self) -> None:
        get = self.page.draft.get
        solid = get("nanocrystal.made_of")
        _choose(self.material, OWN if solid else get("nanocrystal.material"))
        self.solid.set_visibility(bool(solid))
        if solid:
            self.solid_name.set_value(get("nanocrystal.material"))
            for key, number in self.solid_numbers.items():
                number.set_value(solid.get(key))
        _choose(self.shape, get("nanocrystal.shape", "cube"))
        _set(self.size, self._size())
        _set(self.spread, 100 * float(get("nanocrystal.size_spread", 0.0) or 0.0))
        _choose(self.ligand, OWN if self.own_ligand.show() else get("ligand.name"))
        _choose(self.medium, get("environment.medium", "toluene"))
        self.text.set_value(self.page.draft.text)
        self.twins.show(study_words("predict", self.page.draft.file.name))

    def _show_answer(self) -> None:
        try:
            study, answer = self.page.draft.study(), self.page.answer()
        except InputError as error:
            self.wrong.set_text(" ".join(str(error).split()))
            self.headline.set_text("")
            self.coming.set_visibility(False)
            self.found.set_visibility(False)
            return
        self._is_loading = True
        _set(self.coverage, study.ligand.build().coverage_per_nm2)
        self._is_loading = False
        self.wrong.set_text("")
        self.headline.set_text(answer.headline)
        self.coming.set_visibility(bool(answer.coming))
        self.coming_note.set_text(f"The lattices are coming: {answer.coming}.")
        self.found.set_visibility(True)
        core = study.nanocrystal.build().shape.size_nm
        _draw(self.spacings, charts.bars(answer.spacings_nm, x="centre distance by model [nm]", core=core))
        for chart, (where, points) in zip(self.energy, answer.energy.items(), strict=False):
            chart.set_visibility(True)
            _draw(chart, charts.lines({where: points}, x="gap of cores [nm]", y=f"pair energy {where} [kT]"))
        for chart in self.energy[len(answer.energy) :]:
            chart.set_visibility(False)
        self.saxs.set_visibility(bool(answer.saxs))
        if answer.saxs:
            curve = {"SAXS": answer.saxs}
            _draw(self.saxs, charts.lines(curve, x="q [1/nm]", y="intensity per particle", log=(False, True)))
        self.saxs_note.set_text(f"SAXS: {answer.saxs_note}")
        self.facts.set_content(_table(answer.facts, answer.lattices))
        self.warnings.set_text("\n".join(f"Note: {w}" for w in answer.warnings))


def _choose(select: Any, value: Any) -> None:
    if value is not None and value not in select.options:
        select.set_options([*select.options, value], value=value)
    select.set_value(value)


def _set(knob: tuple[Any, Any], value: float) -> None:
    for element in knob:
        element.set_value(round(float(value), 4))


def _draw(chart: Any, options: dict[str, Any]) -> None:
    # Not through chart.options, which watches each of its thousand points for changes.
    chart._props["options"] = options
    chart.update()


def _table(facts: list[tuple[str, str]], lattices: list[tuple[str, float, float]]) -> str:
    import html

    rows = [(name, value) for name, value in facts]
    rows += [(f"lattice {n}", f"packing fraction {p:.3f}, probability {q:.2f}") for n, p, q in lattices]
    cells = "".join(
        f"<tr><td style='padding:2px 16px 2px 0;vertical-align:top'>{html.escape(a)}</td><td>{html.escape(b)}</td></tr>"
        for a, b in rows
    )
    return f"<table>{cells}</table>"
