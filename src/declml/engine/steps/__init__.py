"""The steps from sources to a release, in order."""

from declml.engine.steps.evaluate import EVALUATE
from declml.engine.steps.export import EXPORT
from declml.engine.steps.fit import FIT
from declml.engine.steps.gates import GATES
from declml.engine.steps.ingest import INGEST
from declml.engine.steps.profile import PROFILE
from declml.engine.steps.release import RELEASE
from declml.engine.steps.review import REVIEW
from declml.engine.steps.schema import SCHEMA
from declml.engine.steps.search import SEARCH
from declml.engine.steps.split import SPLIT

STEPS = (SCHEMA, INGEST, REVIEW, SPLIT, SEARCH, FIT, EVALUATE, EXPORT, PROFILE, GATES, RELEASE)

__all__ = ["STEPS"]
