from .cubes import (
    fill_layer_nm as fill_layer_nm,
    fill_spacing_nm as fill_spacing_nm,
    plate_spacing_nm as plate_spacing_nm,
    round_layer_nm as round_layer_nm,
    round_spacing_nm as round_spacing_nm,
)
from .input_spread import InputSamples as InputSamples, InputSpread as InputSpread, draw_inputs as draw_inputs
from .inverse import ImpliedShell as ImpliedShell, implied_shells as implied_shells
from .layers import (
    CuboidLayers as CuboidLayers,
    cuboid_layers as cuboid_layers,
    mean_layer_from_round as mean_layer_from_round,
)
from .models import ModelSpacing as ModelSpacing, Spacings as Spacings, model_spacings as model_spacings
from .notation import Softness as Softness, softness as softness
from .sizes import (
    CoatedSizes as CoatedSizes,
    SizeModels as SizeModels,
    effective_size_nm as effective_size_nm,
    is_cube as is_cube,
    nominal_size_nm as nominal_size_nm,
    nominal_sizes as nominal_sizes,
    sampled_sizes as sampled_sizes,
)
from .soft_spheres import (
    fcc_bcc_boundary as fcc_bcc_boundary,
    ocm_cone_angle_rad as ocm_cone_angle_rad,
    ocm_ratio as ocm_ratio,
    opm_ratio as opm_ratio,
    otm_ratio as otm_ratio,
    oxm_ratio as oxm_ratio,
    prefers_bcc as prefers_bcc,
)
