"""What the spec language has and this declml does not act on yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from declml.spec.root import ProjectSpec


def not_acted_on(spec: ProjectSpec) -> tuple[str, ...]:
    """One sentence for each setting that is accepted and does nothing yet."""
    return ()
