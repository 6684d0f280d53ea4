"""``python -m superlattice``."""

import sys

from superlattice.cli import main

sys.exit(main())
