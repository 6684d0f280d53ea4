from .answering import DesignAnswer as DesignAnswer, design as design
from .target_file import (
    CoresTable as CoresTable,
    SpreadTable as SpreadTable,
    TargetFile as TargetFile,
    ValueTable as ValueTable,
    WantedTable as WantedTable,
    load_target as load_target,
    target_of as target_of,
)
