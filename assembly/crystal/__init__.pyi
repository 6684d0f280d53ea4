from .bodies import (
    BeadBody as BeadBody,
    Matter as Matter,
    matter_of as matter_of,
    radials as radials,
    rotation_group as rotation_group,
)
from .boxes import rectangular as rectangular, repeats as repeats
from .classification import Became as Became, classify as classify
from .coated import (
    SoftMatter as SoftMatter,
    soft_matter as soft_matter,
    squeeze_pressure_kt_per_nm3 as squeeze_pressure_kt_per_nm3,
)
from .crystals import Crystal as Crystal, crystal_of as crystal_of
from .curvature import Hessian as Hessian, hessian as hessian
from .energies import (
    BodyPairs as BodyPairs,
    EnergyGradient as EnergyGradient,
    bead_distances as bead_distances,
    body_pairs as body_pairs,
    energy_gradient as energy_gradient,
)
from .engine_system import crystal_system as crystal_system
from .lattice_starts import LatticeStart as LatticeStart, lattice_start as lattice_start
from .radial import MieRadial as MieRadial, Radial as Radial, TableRadial as TableRadial, radial_of as radial_of
from .relaxation import Relaxed as Relaxed, relax as relax
from .vibrations import (
    QuasiHarmonic as QuasiHarmonic,
    quasi_harmonic as quasi_harmonic,
    translations_of as translations_of,
)
