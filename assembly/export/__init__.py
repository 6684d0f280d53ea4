"""A simulation as files that run without this package: for people who go on in their own scripts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
