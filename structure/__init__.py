"""Order, scattering and microscopy: how ordered is it, and what would the instruments see?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
