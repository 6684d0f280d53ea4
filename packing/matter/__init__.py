"""What nanocrystals, ligands and media are made of: densities, lengths, indices, Hamaker constants."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
