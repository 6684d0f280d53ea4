from .draft import Draft as Draft
from .live import LiveAnswer as LiveAnswer, live_answer as live_answer
from .serving import make_app as make_app, serve as serve
