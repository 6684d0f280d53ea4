from .bundle import bundle_run as bundle_run
from .citations import Citation as Citation, works_to_cite as works_to_cite
from .new_study import new_study_text as new_study_text, write_new_study as write_new_study
