"""The page of the HTTP contract has the routes and the limits of the code."""

import re
from pathlib import Path
from types import SimpleNamespace

from declml.serving.plane.limits import Limits
from declml.serving.plane.routes import table

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")


def test_every_route_has_its_line() -> None:
    address = SimpleNamespace(prefix="/bikes", project="bikes", route="/bikes")
    routes = table(SimpleNamespace(address=address))  # type: ignore[arg-type] # all that a table needs of a plane
    built = {path: next(iter(methods)) for path, methods in routes.items()}
    assert dict(re.findall(r"^\| `(/\S*)` \| (\w+) \|", PAGE, re.MULTILINE)) == built


def test_the_limits_are_those_of_the_code() -> None:
    told = [int(number) for number in re.findall(r"^\| [a-z ]+ \| (\d+) \|$", PAGE, re.MULTILINE)]
    limits = Limits()
    assert told == [limits.body, limits.rows, limits.connections, limits.queue, limits.read]
