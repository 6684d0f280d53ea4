"""What does a pair of equal coated nanocrystals gain by facing each other, at which gap?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
