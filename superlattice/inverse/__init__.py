"""A target file to designs: what reaches it, why it may fail, a study for each."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
