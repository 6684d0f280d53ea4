"""Optics: what light comes out of a superlattice, from its configuration and a few told inputs.

Every number is a `Quantity` that says whether it is predicted, an input, or a bound. Public names load when they are
first asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
