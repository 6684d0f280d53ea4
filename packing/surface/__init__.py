"""How far apart are two bodies in any pose, surface element by surface element?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
