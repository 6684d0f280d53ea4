"""Analytic models: what spacing and lattice do geometry, ligand volume and pair energy give?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
