from .frame import Frame as Frame, frame_of as frame_of, read_frame as read_frame
from .frame_geometry import FrameGeometry as FrameGeometry, geometry_of as geometry_of
from .index import (
    Indexing as Indexing,
    chance_of_indexing as chance_of_indexing,
    index_peaks as index_peaks,
    planar_lengths as planar_lengths,
)
from .measure import grazing_axes as grazing_axes, measure_pattern as measure_pattern
from .pixels import bad_pixels as bad_pixels
from .result import PatternMeasurement as PatternMeasurement
