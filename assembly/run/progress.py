"""Where a run is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """Where a run is; what a checkpoint holds besides the state."""

    stage: int = 0
    stretch: int = 0
    stage_start_step: int = 0
    stage_start_volume_nm3: float = 0.0
    rows: list[dict[str, float]] = field(default_factory=list)
    n_frames: int = 0
    seconds: float = 0.0
    pressures_kj_mol_nm3: list[float] = field(default_factory=lambda: 6 * [0.0])
    is_free_cluster: bool = False
    """The crystal let go of its periodic images: the box is held from then on."""
    engine_versions: list[str] = field(default_factory=list)
    """Of the engine, one after the other: a run may go on after it was renewed."""
