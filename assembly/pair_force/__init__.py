"""How hard do two coated nanocrystals push, chain by chain: face on, edge on and corner on?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
