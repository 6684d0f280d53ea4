"""Which modes has a crystal or a filled capillary, and how sharp can they be?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
