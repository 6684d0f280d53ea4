"""The ``[optics]`` table of a study."""

from __future__ import annotations

from pydantic import Field

from optics.fingerprints.inputs import OpticsInputs
from optics.materials.alloys import optical_material
from packing.errors import InputError
from superlattice.study.matter_tables import Table


class OpticsTable(Table):
    """``[optics]``: what the light is made with; every key has a default that the result tells."""

    anchor_edge_nm: float | None = Field(default=None, gt=0)
    anchor_wavelength_nm: float | None = Field(default=None, gt=0)
    temperature_kelvin: float = Field(default=300.0, ge=1, le=600)
    crystal_um: float = Field(default=2.0, ge=0.05, le=1000)
    fluence_uj_cm2: float = Field(default=22.0, ge=0, le=1e5)
    excitation_nm: float = Field(default=400.0, ge=200, le=2500)
    pulse_fwhm_ps: float = Field(default=0.1, ge=1e-3, le=1e5)
    sigma_cm2: float | None = Field(default=None, gt=0)
    biexciton_ps: float = Field(default=105.0, ge=0.1, le=1e5)
    lifetime_ps: float | None = Field(default=None, gt=0)
    dephasing_ps: float | None = Field(default=None, gt=0)
    stokes_mev: float = Field(default=40.0, ge=0, le=300)
    line_fwhm_mev: float = Field(default=108.0, ge=1, le=400)
    homogeneous_fwhm_mev: float = Field(default=90.0, ge=0, le=400)
    quantum_yield: float = Field(default=0.9, ge=0, le=1)
    foerster_radius_nm: float | None = Field(default=None, gt=0)
    fine_structure_mev: tuple[float, float, float] = (0.0, 0.0, 0.0)
    host: str | None = None
    host_index: float | None = Field(default=None, ge=1, le=3)

    def build(self, *, solution_index: float, host: str, seed: int) -> OpticsInputs:
        """The inputs of the optical models.

        Parameters
        ----------
        solution_index
            Refractive index of the study's medium.
        host
            What is between the cores where ``host`` is not given.
        seed
            The study's seed.

        Raises
        ------
        InputError
            For half an anchor, or a host that is not known.
        """
        given = self.model_dump() | {"host": self.host or host}
        return OpticsInputs(**given, solution_index=solution_index, seed=seed)


def check_optics(table: OpticsTable, material: str, *, is_binary: bool) -> None:
    """Refuse at once what the optical step would refuse after the simulation.

    Parameters
    ----------
    table
        ``[optics]`` of the study.
    material
        Of the nanocrystal.
    is_binary
        Whether there is a partner.

    Raises
    ------
    InputError
        For a material without optical data, a mixture, half an anchor, or a host that is not known.
    """
    if is_binary:
        raise InputError(
            "light is told of one kind of nanocrystal, the study has a partner. Remove [optics] or [partner]."
        )
    optical_material(material)
    table.build(solution_index=1.5, host="ligand", seed=0)
