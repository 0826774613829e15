"""A component is its settings: one frozen pydantic object that does one thing."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Base of everything a user can write: frozen, strict, unknown keys forbidden."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        defer_build=True,
        allow_inf_nan=False,
        validate_default=False,
        use_attribute_docstrings=False,
        populate_by_name=True,
    )


class Component(Settings):
    """What a spec chooses with `type: NAME`.

    A subclass of a kind gives `type` a Literal with its name and a default, its settings as fields, and the kind's
    methods:

        class Wasserstein(Statistic):
            '''Area between the two quantile functions, in standard deviations of the reference.'''

            type: Literal["wasserstein"] = "wasserstein"

            def compare(self, reference: Profile, current: Profile) -> float: ...

    Raise `revision` when a change of code changes results: it is part of the keys of the steps that use the component.
    """

    kind: ClassVar[str] = ""
    revision: ClassVar[int] = 1

    type: str

    @classmethod
    def type_name(cls) -> str:
        """The name a spec uses: the default of `type`."""
        name: str = cls.model_fields["type"].default
        return name

    def identity(self) -> dict[str, object]:
        """Kind, type, revision and settings as JSON: what a step's key sees of this component."""
        return {"kind": self.kind, "revision": self.revision, **self.model_dump(mode="json")}
