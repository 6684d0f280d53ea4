"""Do a study's own numbers fit a measured curve, and which would?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
