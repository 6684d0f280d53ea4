"""One optical statement of a paper, beside what the models say."""

from __future__ import annotations

from dataclasses import dataclass

PAPERS = {
    "P1": "Zhou et al., Adv. Sci. 2021, doi:10.1002/advs.202101125",
    "P2": "Liu et al., Adv. Mater. 2023, doi:10.1002/adma.202209279",
    "P3": "Wang et al., Adv. Mater. 2015, doi:10.1002/adma.201503573",
    "P4": "Ying et al., CsPbBr3 in Cs4PbBr6",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One optical statement of a paper and what the models make of it.

    Parameters
    ----------
    paper
        A key of `PAPERS`.
    says
        What it says.
    model
        What the model gives; empty where nothing is modelled.
    verdict
        ``reproduced``, ``consistent``, ``input``, ``identity``, ``theorem``, ``not reproduced``, ``contested`` or
        ``erratum``, with the reason.
    """

    paper: str
    says: str
    model: str
    verdict: str
