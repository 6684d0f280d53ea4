"""What leaves this machine: a study to begin with, what to cite, a run as an archive for a data repository."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
