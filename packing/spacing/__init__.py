"""How far apart do geometry and ligand volume alone set coated nanocrystals?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
