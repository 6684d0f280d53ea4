"""One run of a plan, in a process of its own: driven, archived, resumed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
