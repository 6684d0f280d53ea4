"""How dense are lattices of two kinds of nanocrystals, hard or with soft shells?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
