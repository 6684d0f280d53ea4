from .instrument_table import (
    DetectorTable as DetectorTable,
    InstrumentTable as InstrumentTable,
    read_instrument as read_instrument,
)
from .matter_tables import (
    LigandTable as LigandTable,
    MaterialTable as MaterialTable,
    NanocrystalTable as NanocrystalTable,
    Table as Table,
)
from .names import check_lattices as check_lattices
from .optics_table import OpticsTable as OpticsTable, check_optics as check_optics
from .study import Study as Study, load_study as load_study, read_tables as read_tables
from .sweep import Sweep as Sweep, read_sweep as read_sweep
from .sweep_keys import check_key as check_key, check_table as check_table, inner_table as inner_table
from .tables import (
    AssemblyTable as AssemblyTable,
    CompareTable as CompareTable,
    EnvironmentTable as EnvironmentTable,
    ExchangeTable as ExchangeTable,
    PackingTable as PackingTable,
    PartnerTable as PartnerTable,
    PublishedTable as PublishedTable,
    SampleTable as SampleTable,
    SaxsTable as SaxsTable,
    StructureTable as StructureTable,
    TemTable as TemTable,
    XrdTable as XrdTable,
)
