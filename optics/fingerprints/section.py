"""What a section of a fingerprint is."""

from __future__ import annotations

from dataclasses import dataclass

from optics.collective.cost import CollectiveAnswer
from optics.collective.judgement import Coherence
from optics.emission.line import EmissionLine
from optics.polarisation.array import PolarisedEmission
from optics.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Section:
    """Numbers of one section, and the object that draws its picture."""

    quantities: tuple[Quantity, ...]
    picture: EmissionLine | CollectiveAnswer | PolarisedEmission | None = None
    verdict: Coherence | None = None
