"""The whole vocabulary of a spec. Sugar is gone here: `spec.sugar` expands it first."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PlainValidator, SerializeAsAny

from declml.plugin.component import Settings
from declml.spec.gates import Gates
from declml.spec.live import Deployment, Monitor
from declml.spec.schema import TableSchema
from declml.spec.types import AnyExecutor, AnyFramework, AnySearch, AnySource, Duration, Fraction, Items, Size


def _schema(value: object) -> object:
    return value if value == "infer" or isinstance(value, TableSchema) else TableSchema.model_validate(value)


SchemaOrInfer = Annotated[SerializeAsAny[Literal["infer"] | TableSchema], PlainValidator(_schema)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class Labels(Settings):
    """Truth that comes later, joined by key."""

    source: AnySource
    delay: Duration = 0.0


class Data(Settings):
    """Where the rows come from and which columns need care."""

    sources: dict[str, AnySource] = Field(default={})
    train: AnySource
    labels: Labels | None = None
    weight: str = "auto"
    protected: Items[str] = ()
    pii: Items[str] = ()


class Features(Settings):
    """Which columns a model sees, and as what."""

    drop: Items[str] = ()
    columns: dict[str, FeatureSpec] = Field(default={})


class FeatureSpec(Settings):
    """What one column is to the model."""

    as_: Literal["number", "category", "text", "image"] = Field(alias="as")


class Split(Settings):
    """How rows are set apart for the test. `by`: `time`, `random`, or `group:COLUMN`; auto = time when `time` is set."""

    by: str = "auto"
    test: Fraction = 0.2
    group: str | None = None


class Tune(Settings):
    """How settings are searched. The search ends after `trials` or `time`, whichever comes first."""

    search: AnySearch
    trials: Annotated[int, Field(ge=1)] = 20
    metric: str = "auto"
    time: Duration = 600.0
    folds: Annotated[int, Field(ge=2, le=20)] = 3
    seed: int = 0


class Model(Settings):
    """Which families of models are tried, and how."""

    try_: Items[AnyFramework] = Field(alias="try")
    tune: Tune


class CompressionTarget(Settings):
    """What a compressed model must fit."""

    size: Size | None = None
    latency: Duration | None = None
    loss: Fraction | None = None
    target: str = "onnx"


class ProjectSpec(Settings):
    """One service: its data, model, gates, deployment and monitor."""

    name: Name
    owner: str = ""
    description: str = ""
    task: Literal["auto", "classification", "regression"] = "auto"
    data: Data
    target: str
    key: str | None = None
    time: str | None = None
    schema_: SchemaOrInfer = Field(default="infer", alias="schema")
    features: Features = Features()
    split: Split = Split()
    model: Model
    gates: Gates = Gates()
    compression: dict[str, CompressionTarget] = Field(default={})
    deployment: Deployment | None = None
    monitor: Monitor | None = None
    engine: AnyExecutor
    store: str = ".declml"
