"""What does a crystal of rigid bodies of beads cost, how does it relax, and does it hold?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
