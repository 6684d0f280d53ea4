"""``superlattice collect DIR``: the table, the figures and the page of a campaign."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers, "collect", help="the results of a campaign as one table, with figures and a page"
    )
    parser.add_argument("campaign", type=Path, metavar="DIR", help="folder of the campaign (--out of batch)")
    parser.add_argument("--save", type=Path, metavar="DIR", help="where to write (default DIR/collected)")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write what the jobs have so far."""
    from superlattice.campaign.campaign import open_campaign
    from superlattice.campaign.collect_figures import save_figures
    from superlattice.campaign.collect_report import write_page
    from superlattice.campaign.tables import collect

    table = collect(open_campaign(args.campaign))
    folder = args.save or args.campaign / "collected"
    files = table.save(folder)
    figures = save_figures(table, folder / "figures")
    page = write_page(table, figures, folder)
    lines = [f"{len(table.rows)} crystals: {', '.join(str(f) for f in files)}"]
    if len(files) == 1:
        lines.append('no parquet: pip install "superlattice[campaign]"')
    lines += [outside] if (outside := table.outside_models()) else []
    lines += [f"{len(figures)} figures in {folder / 'figures'}", f"page: {page}"]
    data = {"rows": list(table.rows), "files": files, "figures": [path for path, _ in figures], "page": page}
    arguments.show(args, data, "\n".join(lines))
