"""What a cluster wants in every job script: partition, account, GPUs and modules, from a file written once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError

from packing.errors import InputError

PREFIX = {"slurm": "#SBATCH", "pbs": "#PBS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Lines for a scheduler's job script: ``directives`` for the scheduler, ``commands`` for the shell on the node."""

    directives: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()

    @property
    def asks_for_gpus(self) -> bool:
        """Whether a directive says which GPUs, so that the script's own must not."""
        return any(re.search(r"--(gres=gpu|gpus)|\s-G\s", line) for line in self.directives)

    @property
    def asks_for_nodes(self) -> bool:
        """Whether a directive of PBS says which nodes and cores."""
        return any(re.search(r"-l\s*select=", line) for line in self.directives)


def read_site(path: str | Path | None, scheduler: str, values: Mapping[str, Any]) -> Site:
    """Read a site's file: a Jinja2 template of directives and shell commands.

    Parameters
    ----------
    path
        The file; None for a site that needs nothing.
    scheduler
        ``"slurm"`` or ``"pbs"``; lines that begin with ``#SBATCH`` or ``#PBS`` are directives.
    values
        What the template may use: ``gpus`` (bool), ``ranks``, ``hours``, ``name``, ``predict_only``.

    Raises
    ------
    InputError
        If the file cannot be read or rendered, or speaks to another scheduler.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> text = "#SBATCH --partition={{ 'gpu' if gpus else 'main' }}\\nmodule load cuda\\n"
    >>> with TemporaryDirectory() as folder:
    ...     n_written = (Path(folder) / "site.sh").write_text(text)
    ...     read_site(Path(folder) / "site.sh", "slurm", {"gpus": True})
    Site(directives=('#SBATCH --partition=gpu',), commands=('module load cuda',))
    """
    if path is None:
        return Site()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"--site {path} cannot be read ({error}). Give a text file of {PREFIX[scheduler]} lines."
        ) from error
    try:
        lines = Environment(undefined=StrictUndefined, trim_blocks=True).from_string(text).render(**values).splitlines()
    except TemplateError as error:
        known = ", ".join(sorted(values))
        raise InputError(f"--site {path} is no template ({error}). It may use {known} in {{{{ }}}}.") from error
    directives = tuple(line.strip() for line in lines if line.startswith(PREFIX[scheduler]))
    for line in lines:
        for other, prefix in PREFIX.items():
            if other != scheduler and line.startswith(prefix):
                raise InputError(
                    f"--site {path} speaks to {other} ('{line}'), the script is for {scheduler}. Give another file."
                )
    commands = tuple(line for line in lines if line.strip() and not line.startswith("#"))
    return Site(directives=directives, commands=commands)
