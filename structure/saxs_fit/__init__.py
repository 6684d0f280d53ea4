"""Phase, lattice parameter, particles and disorder of a measured small-angle curve."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
