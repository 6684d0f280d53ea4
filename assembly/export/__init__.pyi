from .start import Start as Start, start_of_plan as start_of_plan, start_of_run as start_of_run
from .writing import Exported as Exported, export_simulation as export_simulation
