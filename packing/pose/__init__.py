"""Energy of any pose of two coated nanocrystals: what a shift, a twist or a tilt of a contact costs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
