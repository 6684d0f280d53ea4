from .images import (
    TemImage as TemImage,
    checked_pixels as checked_pixels,
    draw_scale_bar as draw_scale_bar,
    round_length_nm as round_length_nm,
)
from .projection import chord_nm as chord_nm, face_pairs as face_pairs
from .readers import Micrograph as Micrograph, read_micrograph as read_micrograph
from .region import emptiness as emptiness, inside_polygon as inside_polygon, within as within
from .scale_bar import Legend as Legend, filled as filled, find_legend as find_legend
from .scales import PixelSize as PixelSize, is_length as is_length, is_reciprocal as is_reciprocal, unit_nm as unit_nm
from .tem import (
    checked_rotation as checked_rotation,
    simulate_tem as simulate_tem,
    zone_axis_rotation as zone_axis_rotation,
)
from .thickness import places_drawn as places_drawn, projected_thickness_nm as projected_thickness_nm
from .tiff_scale import tiff_pixel_size as tiff_pixel_size
