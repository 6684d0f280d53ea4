"""One tidy table of a campaign: a row per crystal, predicted, simulated and measured side by side."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packing.errors import InputError
from packing.spacing.models import MODELS
from superlattice.campaign.campaign import Campaign
from superlattice.campaign.measured_rows import add_measured
from superlattice.campaign.status import JobStatus, campaign_status
from superlattice.files import LIGHT, PREDICTED, STABLE, plain, write_bytes, write_text
from superlattice.study.sweep import SEED

if TYPE_CHECKING:
    from pandas import DataFrame

Row = dict[str, Any]
CSV_FILE, PARQUET_FILE = "table.csv", "table.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignTable:
    """The rows, and which of their columns were swept.

    ``measured`` holds period and standard uncertainty [nm] by kind of file, where one sample stands for all rows; where
    each has its own, they are in the rows alone.
    """

    campaign: Campaign
    rows: tuple[Row, ...]
    counts: dict[str, int]
    measured: dict[str, tuple[float, float]]

    @property
    def columns(self) -> list[str]:
        """All columns, in the order in which rows first have them."""
        return list(dict.fromkeys(key for row in self.rows for key in row))

    def numeric_keys(self) -> list[str]:
        """Swept keys with at least two different numbers, in the order of the study; a seed is a name, no number."""
        keys = []
        for key in (k for k in self.campaign.keys if k != SEED):
            values = {row.get(key) for row in self.rows}
            if len(values) > 1 and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
                keys.append(key)
        return keys

    def outside_models(self) -> str:
        """A sentence where simulated periods lie outside what the packing models span; empty where none does."""
        names = [f"predicted_{model}_nm" for model in MODELS]
        gaps = []
        for row in self.rows:
            models = [row[name] for name in names if row.get(name) is not None]
            period, error = row.get("simulated_period_nm"), row.get("simulated_period_error_nm") or 0.0
            if period is not None and models:
                gaps.append((period - error - max(models), min(models) - period - error))
        above, below = ([pair[i] for pair in gaps if pair[i] > 0] for i in (0, 1))
        said = [
            f"{len(found)} of {len(gaps)} simulated periods lie {word} all packing models, by up to {max(found):.2f} nm"
            for found, word in ((above, "above"), (below, "below"))
            if found
        ]
        return f"{'; '.join(said)}: the models are estimates, not bounds." if said else ""

    def save(self, folder: Path) -> list[Path]:
        """Write CSV, and parquet where pyarrow is here."""
        write_text(folder / CSV_FILE, self.to_csv())
        written = [folder / CSV_FILE]
        if (data := self.to_parquet()) is not None:
            write_bytes(folder / PARQUET_FILE, data)
            written.append(folder / PARQUET_FILE)
        return written

    def to_csv(self) -> str:
        """The table as text; a value that is not there is empty."""
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, self.columns, lineterminator="\n")
        writer.writeheader()
        for row in self.rows:
            writer.writerow({k: json.dumps(v) if isinstance(v, list) else v for k, v in row.items()})
        return buffer.getvalue()

    def to_parquet(self) -> bytes | None:
        """The table as parquet; None without pyarrow."""
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            return None
        columns = {name: pa.array(values) for name, values in self._plain_columns().items()}
        buffer = io.BytesIO()
        pq.write_table(pa.table(columns), buffer)
        return buffer.getvalue()

    def to_pandas(self) -> DataFrame:
        """The table for pandas, one row per crystal.

        Raises
        ------
        InputError
            Without pandas.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise InputError('table: pandas is not here. Install it: pip install "superlattice[campaign]".') from error
        return pd.DataFrame(self._plain_columns())

    def _plain_columns(self) -> dict[str, list[Any]]:
        """Each column with values of one kind, None where there is none."""
        columns = {}
        for name in self.columns:
            values = [row.get(name) for row in self.rows]
            if any(isinstance(v, list) for v in values):
                values = [None if v is None else json.dumps(v) for v in values]
            if {type(v) for v in values} >= {int, float}:
                values = [None if v is None else float(v) for v in values]
            columns[name] = values
        return columns


def collect(campaign: Campaign) -> CampaignTable:
    """Gather what the jobs have so far; jobs without any result get a row with their state alone.

    Parameters
    ----------
    campaign
        From `superlattice.campaign.campaign.open_campaign`.

    Raises
    ------
    InputError
        If a file of a job is damaged, or a measured file cannot be used.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from superlattice.campaign.campaign import make_campaign
    >>> from superlattice.campaign.jobs import expand
    >>> from superlattice.campaign.runner import run_campaign
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> swept = tables | {"sweep": {"nanocrystal": {"edge_nm": [6.0, 8.0]}}}
    >>> with TemporaryDirectory() as folder:
    ...     jobs = expand(swept, source="example", folder=Path(folder), name="example")
    ...     campaign = make_campaign(jobs, Path(folder) / "out", goal="predict")
    ...     done = run_campaign(campaign)
    ...     table = collect(campaign)
    >>> [int(row["predicted_period_nm"]) for row in table.rows]
    [8, 10]
    """
    status = campaign_status(campaign)
    rows = [row for job in status.jobs for row in _readable_rows(campaign, job)]
    if not rows:
        raise InputError(f"{campaign.folder} has no jobs. Run superlattice batch first.")
    measured = add_measured(campaign, rows)
    return CampaignTable(campaign=campaign, rows=tuple(plain(rows)), counts=status.counts, measured=measured)


def _readable_rows(campaign: Campaign, job: JobStatus) -> list[Row]:
    try:
        return _rows_of(campaign, job)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise InputError(
            f"{campaign.workspace / job.job} holds results that cannot be read ({error!r}). Remove its "
            f"{PREDICTED}, results.json and done, and run the campaign again."
        ) from error


def _rows_of(campaign: Campaign, job: JobStatus) -> list[Row]:
    folder = campaign.workspace / job.job
    head: Row = {"job": job.job, "state": job.state, **campaign.values(job.job)}
    if (results := _read(folder / "results.json")) is not None and job.state == "completed":
        return [
            head
            | _part(name)
            | prediction_columns(part["prediction"])
            | simulation_columns(part["assembly"], part["analysis"])
            | light_columns(part.get("optics"))
            | stability_columns(part.get("stability"))
            for name, part in results["parts"].items()
        ]
    if (prediction := _read(folder / PREDICTED)) is not None:
        lit, stable = _asked_of(campaign, folder, LIGHT, "optics"), _asked_of(campaign, folder, STABLE, "stability")
        return [
            head
            | _part(name)
            | prediction_columns(data)
            | light_columns(lit.get(name))
            | stability_columns(stable.get(name))
            for name, data in prediction.items()
        ]
    return [head]


def _part(name: str) -> Row:
    return {} if name == "study" else {"part": name}


def prediction_columns(p: dict[str, Any]) -> Row:
    """Columns of a prediction, from its JSON."""
    row: Row = {
        "ligand_name": p["ligand"]["name"],
        "ligand_length_nm": p["ligand"]["length_nm"],
        "predicted_period_nm": p["period_nm"],
        "predicted_period_sd_nm": p["period_sd_nm"],
        "predicted_gap_nm": p["gap_nm"],
    }
    row |= {f"predicted_{m}_nm": v for m, v in p["spacings"].items() if isinstance(v, int | float)}
    for name, key in (("medium", "pair_energy"), ("dry", "pair_energy_dry")):
        if (pair := p[key]) is not None:
            row |= {f"pair_{name}_period_nm": pair["period_nm"], f"pair_{name}_depth_kt": pair["depth_kt"]}
    if p["lattices"]:
        # The most probable; of those without a probability the first, which is the predicted one.
        best = max(p["lattices"], key=lambda x: -1.0 if x.get("probability") is None else x["probability"])
        row |= {"lattice": best["name"], "lattice_packing_fraction": best["packing_fraction"]}
        if best.get("probability") is not None:
            row["lattice_probability"] = best["probability"]
    if p["binary"] is not None:
        row |= {"gamma": p["binary"]["gamma"], "separation_probability": p["binary"]["separation_probability"]}
    return row


def simulation_columns(assembly: dict[str, Any], analysis: dict[str, Any]) -> Row:
    """Columns of a simulation, from its JSON."""
    fit, last = analysis["lattice"], analysis["order_last"]
    found = bool(fit["found"])
    return {
        "model": assembly["model"],
        "engine": f"{assembly['engine']} {assembly['version']}",
        "n_particles": assembly["n_particles"],
        "n_steps": assembly["n_steps"],
        "simulated_period_nm": fit["period_nm"] if found else None,
        "simulated_period_error_nm": fit["period_error_nm"] if found else None,
        "simulated_gap_nm": fit["gap_nm"] if found else None,
        "simulated_structure": fit["structure"] if found else "none",
        "tem_fft_spacing_nm": analysis["tem_fft"]["spacing_nm"],
        "assembles": analysis["assembles"],
        "cubatic_order": last["cubatic"],
        "sc_fraction": last["sc_fraction"],
        "n_warnings": len(assembly["warnings"]) + len(analysis["warnings"]),
    }


def _asked_of(campaign: Campaign, folder: Path, name: str, table: str) -> dict[str, Any]:
    """What a table of the study asked of a predicted job, by part, if it is what the campaign asks for now."""
    told = _read(folder / name) or {}
    asked = {key: value for key, value in told.get("asked", {}).items() if value is not None}
    return told["parts"] if told and asked == campaign.common.get(table) else {}


def light_columns(light: dict[str, Any] | None) -> Row:
    """Columns of the light, from its JSON: every number of it but the inputs, which all jobs share."""
    if light is None:
        return {}
    told = {
        f"light_{name}": entry["value"]
        for name, entry in light["quantities"].items()
        if entry["kind"] != "input" or name == "emission_fwhm_mev"
    }
    return told | ({"light_coheres": light["coheres"]["answer"]} if "coheres" in light else {})


def stability_columns(stable: dict[str, Any] | None) -> Row:
    """Columns of stability, from its JSON: of each mixture its formation, both errors together, and its verdict."""
    if stable is None:
        return {}
    row: Row = {
        "stability_pressure_kt_per_nm3": stable["pressure_kt_per_nm3"],
        "stability_by": stable["free_energy_by"],
    }
    for c in stable["candidates"]:
        if len(c["counts"]) > 1 and max(c["counts"]) == sum(c["counts"]):
            continue
        name = c["lattice"]
        if c["formation_kt"] is not None:
            row[f"formation_{name}_kt"] = c["formation_kt"]
            row[f"formation_{name}_sd_kt"] = math.hypot(c["formation_sd_kt"] or 0.0, c["model_sd_kt"] or 0.0)
        row[f"verdict_{name}"] = c["verdict"]
    return row


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}). Remove it and run the campaign again.") from error
    return data if isinstance(data, dict) else None
