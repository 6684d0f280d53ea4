from .figures import (
    add_two_theta as add_two_theta,
    new_figure as new_figure,
    save_figure as save_figure,
    write_figure as write_figure,
)
from .light_widgets import (
    LightAnswer as LightAnswer,
    LightDrawing as LightDrawing,
    light_answer as light_answer,
    light_drawing as light_drawing,
    light_explorer as light_explorer,
)
from .still import (
    draw_still as draw_still,
    faces_of as faces_of,
    still_figure as still_figure,
    view_matrix as view_matrix,
)
from .viewer import (
    has_viewer as has_viewer,
    orientation_colours as orientation_colours,
    surface_mesh as surface_mesh,
    view as view,
    view_html as view_html,
)
from .widgets import (
    CubeAnswer as CubeAnswer,
    Drawing as Drawing,
    cube_answer as cube_answer,
    drawing as drawing,
    explorer as explorer,
    panel as panel,
)
