from .seeded import SeededGrowth as SeededGrowth, grow_from_seed as grow_from_seed
from .soft_spheres import Growth as Growth, grow_spheres as grow_spheres, sphere_volume_nm3 as sphere_volume_nm3
