from .azimuth import AzimuthalProfile as AzimuthalProfile, azimuthal_profile as azimuthal_profile
from .curves import (
    ScatteringCurve as ScatteringCurve,
    checked_q as checked_q,
    read_npz as read_npz,
    write_npz as write_npz,
)
from .directions import (
    Texture as Texture,
    hemisphere_nodes as hemisphere_nodes,
    rotation_onto_beam as rotation_onto_beam,
    rotations_about as rotations_about,
    spiral_directions as spiral_directions,
    tilt_rotations as tilt_rotations,
)
from .drawing import draw_pattern as draw_pattern, ring_positions as ring_positions
from .exports import (
    frame_on_detector as frame_on_detector,
    write_curve as write_curve,
    write_frame as write_frame,
    write_pattern as write_pattern,
    write_table as write_table,
)
from .instrument import Detector as Detector, Instrument as Instrument, ewald_q_z as ewald_q_z
from .patterns import (
    ScatteringPattern as ScatteringPattern,
    pattern_axis as pattern_axis,
    pattern_from_curve as pattern_from_curve,
)
from .spots import spots_on_detector as spots_on_detector
