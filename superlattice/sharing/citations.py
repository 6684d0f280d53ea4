"""What to cite: this package, and the programs and libraries that did the work of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packing.errors import InputError
from superlattice.files import read_json
from superlattice.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One work to cite; ``key`` is what provenance calls it."""

    key: str
    authors: str
    title: str
    where: str
    year: int
    doi: str = ""

    def text(self) -> str:
        """One line for people."""
        link = f", doi:{self.doi}" if self.doi else ""
        return f"{self.authors}, {self.title}, {self.where} ({self.year}){link}"

    def bibtex(self) -> str:
        """One entry for BibTeX."""
        kind = "article" if self.doi else "software"
        rows = {"author": self.authors, "title": f"{{{self.title}}}", "year": str(self.year), "doi": self.doi}
        rows["journal" if self.doi else "note"] = self.where
        body = ",\n".join(f"  {key} = {{{value}}}" for key, value in rows.items() if value)
        return f"@{kind}{{{self.key},\n{body}\n}}"


OWN = Citation(
    key="superlattice",
    authors="The superlattice developers",
    title="superlattice: prediction, simulation and measurement of nanocrystal superlattices",
    where=f"version {__version__}",
    year=2026,
)

WORKS: tuple[Citation, ...] = tuple(
    Citation(key=key, authors=authors, title=title, where=where, year=year, doi=doi)
    for key, authors, title, where, year, doi in (
        ("lammps", "A. P. Thompson and others",
         "LAMMPS - a flexible simulation tool for particle-based materials modeling",
         "Comput. Phys. Commun. 271, 108171", 2022, "10.1016/j.cpc.2021.108171"),
        ("hoomd", "J. A. Anderson and J. Glaser and S. C. Glotzer",
         "HOOMD-blue: A Python package for high-performance molecular dynamics and hard particle Monte Carlo",
         "Comput. Mater. Sci. 173, 109363", 2020, "10.1016/j.commatsci.2019.109363"),
        ("freud-analysis", "V. Ramasubramani and others",
         "freud: A software suite for high throughput analysis of particle simulation data",
         "Comput. Phys. Commun. 254, 107275", 2020, "10.1016/j.cpc.2020.107275"),
        ("ase", "A. H. Larsen and others", "The atomic simulation environment: a Python library for working with atoms",
         "J. Phys.: Condens. Matter 29, 273002", 2017, "10.1088/1361-648X/aa680e"),
        ("finufft", "A. H. Barnett and J. Magland and L. af Klinteberg",
         "A parallel nonuniform fast Fourier transform library based on an exponential of semicircle kernel",
         "SIAM J. Sci. Comput. 41, C479", 2019, "10.1137/18M120885X"),
        ("numpy", "C. R. Harris and others", "Array programming with NumPy", "Nature 585, 357", 2020,
         "10.1038/s41586-020-2649-2"),
        ("scipy", "P. Virtanen and others", "SciPy 1.0: fundamental algorithms for scientific computing in Python",
         "Nat. Methods 17, 261", 2020, "10.1038/s41592-019-0686-2"),
        ("matplotlib", "J. D. Hunter", "Matplotlib: A 2D graphics environment", "Comput. Sci. Eng. 9, 90", 2007,
         "10.1109/MCSE.2007.55"),
    )
)  # fmt: skip


def works_to_cite(run: str | Path | None = None) -> tuple[Citation, ...]:
    """This package, then what a run used by its ``provenance.json``; without a run all that it may use.

    Parameters
    ----------
    run
        Run directory, None for none.

    Raises
    ------
    InputError
        If the folder holds no ``provenance.json``.

    Examples
    --------
    >>> [work.key for work in works_to_cite()][:3]
    ['superlattice', 'lammps', 'hoomd']
    """
    if run is None:
        return (OWN, *WORKS)
    file = Path(run) / "provenance.json"
    if not file.is_file():
        raise InputError(f"{run} has no provenance.json. Give a run directory that is done.")
    about: dict[str, Any] = read_json(file)
    engines = {str(engine.get("name", "")).lower() for engine in about.get("engines", [])}
    libraries = {str(name).lower() for name in about.get("packages", {})} - {"lammps", "hoomd"}
    return (OWN, *(work for work in WORKS if work.key in engines | libraries))
