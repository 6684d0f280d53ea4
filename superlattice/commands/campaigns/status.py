"""``superlattice status DIR``: where every job of a campaign is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(subparsers, "status", help="how far the jobs of a campaign are")
    parser.add_argument("campaign", type=Path, metavar="DIR", help="folder of the campaign (--out of batch)")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the counts and what runs or failed."""
    from superlattice.campaign.campaign import open_campaign
    from superlattice.campaign.status import campaign_status
    from superlattice.scheduling.queue import with_queue

    status = with_queue(campaign_status(open_campaign(args.campaign)))
    arguments.show(args, status.to_dict(), status.summary())
