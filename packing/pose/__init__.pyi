from .building import pose_energy as pose_energy
from .contacts import ContactSummary as ContactSummary, contact_summary as contact_summary
from .drawing import draw_contact as draw_contact
from .energy import PoseEnergy as PoseEnergy
from .facing import Facing as Facing, best_contact as best_contact, require_apart as require_apart
from .laws import (
    CoatedBody as CoatedBody,
    ShellCurves as ShellCurves,
    contact_between as contact_between,
    curves_between as curves_between,
    rims_end_nm as rims_end_nm,
    unlike_hamaker_j as unlike_hamaker_j,
)
from .walks import (
    Scene as Scene,
    energies_along_kt as energies_along_kt,
    facing_of as facing_of,
    kept_parts as kept_parts,
    stop_gap_nm as stop_gap_nm,
)
