"""Asked backwards: which ligand, size and coverage give the spacing or the lattice that is wanted?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
