"""`check --data`: the beginning of the training source against the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from declml.core.errors import DeclmlError
from declml.core.suggest import suggestion

if TYPE_CHECKING:
    from declml.project.project import Project


def check_source(project: Project) -> list[str]:
    """Read the first piece of the training source; every column that the spec names must be in it.

    Raises:
        DeclmlError: E2, it cannot be read; E2021, a named column is missing.
    """
    spec = project.spec
    batch = next(iter(spec.data.train.batches(project.base)))
    there = batch.rows.schema.names
    named = {"target": spec.target, "key": spec.key, "time": spec.time}
    named |= {f"features.drop[{place}]": name for place, name in enumerate(spec.features.drop)}
    named |= {f"data.protected[{place}]": name for place, name in enumerate(spec.data.protected)}
    named |= {f"data.pii[{place}]": name for place, name in enumerate(spec.data.pii)}
    for path, column in named.items():
        if column is not None and column not in there:
            where = project.loaded.place(path)
            raise DeclmlError(
                "E2021", f"{path} names the column '{column}', which is not in {batch.origin}",
                where=str(where or path), next=suggestion(column, there),
            )  # fmt: skip
    return [f"{batch.origin} has {len(there)} columns: {', '.join(there[:12])}{' ...' if len(there) > 12 else ''}"]
