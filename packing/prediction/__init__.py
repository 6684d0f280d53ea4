"""The answer of the analytic models for one study: spacings, pair energy, lattices."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
