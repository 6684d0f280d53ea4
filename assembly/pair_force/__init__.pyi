from .measuring import MeanForce as MeanForce, mean_force as mean_force
from .pairs import chain_owners as chain_owners, pair_system as pair_system, width_nm as width_nm
