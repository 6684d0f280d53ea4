"""Do N dots of this crystal radiate as one, and what kills it?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
