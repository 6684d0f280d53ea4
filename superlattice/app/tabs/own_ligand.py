"""Knobs of a ligand that the library does not have: by carbons, or by length and room; and what it binds to."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from packing.matter.materials import SURFACES
from superlattice.app.tabs.page import Page

CHAIN = {
    "n_carbons": ("carbons of the chain", 1, 40, 18),
    "double_bonds": ("double bonds", 0, 6, 0),
    "side_carbons": ("carbons in branches", 0, 20, 0),
    "aromatic_rings": ("phenyl rings", 0, 3, 0),
}
LENGTH = "length_nm"
ROOM = {
    "volume_nm3": "volume of one chain [nm³]",
    "area_nm2": "or area that one chain takes [nm²]",
    "molar_mass_g_mol": "or molar mass [g/mol]",
    "density_kg_m3": "with the density of the liquid [kg/m³]",
}
KEYS = (*CHAIN, LENGTH, *ROOM, "binds_to")
"""What of ``[ligand]`` makes it one's own."""


class OwnLigand:
    """The knobs, which are shown where the study's ligand is no name of the library.

    Parameters
    ----------
    page
        Whose study they turn.
    """

    def __init__(self, page: Page) -> None:
        self._page, self._is_loading = page, False
        with ui.column().classes("w-full") as self._box:
            self._name = ui.input("name, yours to choose", on_change=lambda e: self._put(name=e.value or None))
            self._chain = {
                key: ui.number(
                    label, min=low, max=high, step=1, format="%d",
                    on_change=lambda e, k=key: self._put_chain(k, e.value),
                ).props(f'data-mark="{key}"')
                for key, (label, low, high, _) in CHAIN.items()
            }  # fmt: skip
            self._room = {
                key: ui.number(label, min=0, on_change=lambda e, k=key: self._put_room(k, e.value)).props(
                    f'clearable data-mark="{key}"'
                )
                for key, label in {LENGTH: "or instead its extended length [nm]", **ROOM}.items()
            }
            self._binds = ui.select(
                list(SURFACES), label="surfaces that it binds to", multiple=True, clearable=True,
                on_change=lambda e: self._put(binds_to=list(e.value) or None),
            ).props('use-chips data-mark="binds_to"')  # fmt: skip

    def show(self) -> bool:
        """Show what the study has; whether its ligand is one's own."""
        given = self._page.draft.get("ligand") or {}
        is_own = isinstance(given, dict) and any(given.get(key) for key in ("n_carbons", LENGTH))
        self._box.set_visibility(is_own)
        if is_own:
            self._is_loading = True
            try:
                self._name.set_value(given.get("name"))
                for key, number in self._chain.items():
                    number.set_value(given.get(key, None if given.get(LENGTH) else CHAIN[key][3]))
                for key, number in self._room.items():
                    number.set_value(given.get(key))
                self._binds.set_value([name for name in given.get("binds_to") or [] if name in SURFACES])
            finally:
                self._is_loading = False
        return is_own

    def _put(self, **changes: Any) -> None:
        if not self._is_loading:
            self._page.put(**{f"ligand__{key}": value for key, value in changes.items()})

    def _put_chain(self, key: str, value: float | None) -> None:
        if value is not None:
            # A chain is said by its carbons or by its length.
            self._put(**{LENGTH: None, key: int(value) if value or key == "n_carbons" else None})

    def _put_room(self, key: str, value: float | None) -> None:
        if key != LENGTH:
            self._put(**{key: value or None})
        elif value:
            self._put(**dict.fromkeys(CHAIN), length_nm=value)
        else:
            self._put(length_nm=None, n_carbons=CHAIN["n_carbons"][3])
