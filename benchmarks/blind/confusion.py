"""What was there, what was found and how sure, counted over blind cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Confusion:
    """The table, the cases that are wrong in spite of high confidence, and the CPU time of each."""

    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    wrong_and_sure: list[int] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    def add(self, seed: int, true: str, name: str, found: Any, *, right: bool, cpu_s: float, text: str) -> None:
        """Count a case that was found to be ``name``, and print it with its ``text`` and the reasons for doubt."""
        self.counts[true, name, found.confidence, "right" if right else "wrong"] += 1
        self.cpu_s.append(cpu_s)
        if not right and found.confidence == "high":
            self.wrong_and_sure.append(seed)
        doubts = "" if found.confidence == "high" else "; ".join(found.reasons)[:110]
        print(f"{seed:5d} {text} cpu {cpu_s:.1f} {'' if right else 'WRONG'} {doubts}", flush=True)

    def show(self) -> None:
        """Print the table."""
        for key, count in sorted(self.counts.items()):
            print(*key, count)
        cpu = f"cpu median {np.median(self.cpu_s):.1f} s, most {max(self.cpu_s):.1f} s"
        print("high confidence and wrong:", self.wrong_and_sure, f"; {cpu}")
