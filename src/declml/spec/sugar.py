"""Short forms, expanded before validation, so that one mistake gives one error at its own place.

Every value of the expanded spec knows the path of the composed config that it came from: an expanded `deployment: true`
points every default back to `deployment`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from declml.spec.paths import source_of

if TYPE_CHECKING:
    from collections.abc import Callable

Path = tuple[str | int, ...]

OPENABLE: tuple[tuple[str, ...], ...] = (
    ("data",),
    ("data", "train"),
    ("data", "labels"),
    ("deployment",),
    ("deployment", "backend"),
    ("monitor",),
    ("engine",),
    ("model", "tune", "search"),
    ("split",),
)
"""Where a scalar is sugar for a mapping, so that files and overrides may add keys to it."""

TRY = {
    "classification": ["logistic", "hist_gbm", "forest"],
    "regression": ["ridge", "hist_gbm", "forest"],
    "auto": ["logistic", "ridge", "hist_gbm", "forest"],
}
"""The families that are tried when the spec names none. Those whose tasks do not hold are dropped when the task is known."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong short form: where in the composed config, what, and the way out."""

    path: Path
    what: str
    hint: str = ""
    code: str = "E1005"


@dataclass(slots=True)
class Expanded:
    """A spec without sugar. `origin` maps paths of `data` to paths of the composed config where the two differ."""

    data: dict[str, Any]
    origin: dict[Path, Path] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def source(self, path: Path) -> Path:
        """The path of the composed config that `path` of the expanded spec came from."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origin:
                return self.origin[path[:length]] + path[length:]
        return path

    def is_mistaken(self, source: Path) -> bool:
        """Whether a mistake was already told at or above a path of the composed config."""
        return any(source[: len(mistake.path)] == mistake.path for mistake in self.mistakes)


def opened(path: tuple[str, ...], value: object) -> tuple[dict[str, Any], tuple[str, ...]] | None:
    """The mapping that a scalar at `path` stands for, and where in it the scalar went; None when it is no sugar there."""
    if value is None or isinstance(value, bool):
        return ({}, ()) if path in {("deployment",), ("monitor",)} else None
    if not isinstance(value, str):
        return None
    if path in {("deployment",), ("monitor",)}:
        return None
    inner = {
        ("data",): ("train", "path"),
        ("data", "train"): ("path",),
        ("data", "labels"): ("path",),
        ("split",): ("by",),
    }.get(path, ("type",))
    mapping: Any = value
    for word in reversed(inner):
        mapping = {word: mapping}
    return mapping, inner


def expand(composed: dict[str, Any]) -> Expanded:
    """The full form of a composed config. Nothing is validated beyond what expanding needs."""
    expanded = Expanded(dict(composed))
    for key, rule in RULES.items():
        if key in composed or key in ALWAYS:
            expanded.data[key] = rule(composed.get(key), composed, expanded)
    return expanded


def _data(value: Any, _composed: dict[str, Any], out: Expanded) -> Any:
    if isinstance(value, str):
        out.origin |= {("data", "train", key): ("data",) for key in ("path", "type", "separator")}
        return {"train": _source(value, ("data",), out)}
    if not isinstance(value, dict):
        out.mistakes.append(Mistake(("data",), "data is a path or a mapping", "write data: customers.csv"))
        return {"train": _PLACEHOLDER}
    data = _with_train(dict(value), out)
    if "train" in data:
        data["train"] = _source(data["train"], out.source(("data", "train")), out, ("data", "train"))
    if isinstance(data.get("sources"), dict):
        data["sources"] = {
            name: _source(one, ("data", "sources", name), out, ("data", "sources", name))
            for name, one in data["sources"].items()
        }
    if "labels" in data:
        data["labels"] = _labels(data["labels"], out)
    return _lists(data, ("protected", "pii"), ("data",), out)


def _with_train(data: dict[str, Any], out: Expanded) -> dict[str, Any]:
    """`data` with a source that is written in it moved to `train`: its path and separator, or all settings of its type."""
    if "train" in data:
        if data.pop("path", None) is not None:
            what = "data.path is short for data.train.path, and data.train is written too"
            out.mistakes.append(Mistake(("data", "path"), what, "keep one", "E1108"))
        return data
    if "type" in data:
        inline = [key for key in data if key not in DATA_KEYS]
    else:
        inline = [key for key in ("path", "separator") if key in data and "path" in data]
    if inline:
        out.origin |= {("data", "train", key): ("data", key) for key in inline}
        out.origin["data", "train"] = ("data",)
        data["train"] = {key: data.pop(key) for key in inline}
    return data


DATA_KEYS = {"sources", "train", "labels", "weight", "protected", "pii"}
_PLACEHOLDER: dict[str, Any] = {"type": "csv", "path": "-"}


def _source(value: Any, source: Path, out: Expanded, target: Path | None = None) -> Any:
    """A source: a path, or a mapping with `path` whose type follows from the extension."""
    if isinstance(value, str):
        if target:
            out.origin[target] = source
            out.origin |= {(*target, key): source for key in ("path", "type", "separator")}
        value = {"path": value}
    if not isinstance(value, dict):
        out.mistakes.append(
            Mistake(source, "a source is a path or a mapping", "write customers.csv or {path: customers.csv}")
        )
        return _PLACEHOLDER
    if "type" in value or not isinstance(value.get("path"), str):
        if "type" not in value and "path" not in value:
            out.mistakes.append(Mistake(source, "a source needs a path or a type", "add path: FILE"))
            return _PLACEHOLDER
        return value
    found = source_of(value["path"])
    if found is None:
        where = source if value.keys() == {"path"} and target is None else (*source, "path")
        where = out.source((*target, "path")) if target else where
        out.mistakes.append(
            Mistake(
                where,
                f"the format of '{value['path']}' does not show in its name",
                "add type: csv, parquet or jsonl beside path",
            )
        )
        return _PLACEHOLDER
    return {**found, **value}


def _labels(value: Any, out: Expanded) -> Any:
    here: Path = ("data", "labels")
    if isinstance(value, dict) and "source" not in value:
        rest = {key: one for key, one in value.items() if key == "delay"}
        inner = {key: one for key, one in value.items() if key != "delay"}
        out.origin[*here, "source"] = here
        return {"source": _source(inner, here, out, (*here, "source")), **rest}
    if isinstance(value, str):
        return {"source": _source(value, here, out, (*here, "source"))}
    if value is not None and not isinstance(value, dict):
        out.mistakes.append(
            Mistake(here, "labels are a path or a mapping", "write {path: outcomes/*.parquet, delay: 30d}")
        )
        return None
    if isinstance(value, dict):
        return {**value, "source": _source(value["source"], (*here, "source"), out, (*here, "source"))}
    return value


def _schema(value: Any, _composed: dict[str, Any], out: Expanded) -> Any:
    if value is None or value == "infer":
        return "infer"
    if not isinstance(value, dict):
        out.mistakes.append(
            Mistake(("schema",), "schema is infer, a .yaml file, or a mapping of columns", "write schema: infer")
        )
        return "infer"
    columns: Any = value
    wrapped = set(value) <= {"columns", "max_bad_rows"} and "columns" in value and not _is_column(value["columns"])
    if wrapped:
        columns = value["columns"]
    else:
        out.origin["schema", "columns"] = ("schema",)
    if not isinstance(columns, dict):
        return value
    named = {name: {"type": one} if isinstance(one, str) else one for name, one in columns.items()}
    at: Path = ("schema", "columns") if wrapped else ("schema",)
    for name, one in columns.items():
        if isinstance(one, str):
            out.origin["schema", "columns", name, "type"] = (*at, name)
    return {**value, "columns": named} if wrapped else {"columns": named}


def _is_column(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and isinstance(value.get("type"), str))


def _features(value: Any, _composed: dict[str, Any], out: Expanded) -> Any:
    if not isinstance(value, dict):
        return value
    features = _lists(value, ("drop",), ("features",), out)
    if isinstance(features.get("columns"), dict):
        at: Path = ("features", "columns")
        out.origin |= {
            (*at, name, "as"): (*at, name) for name, one in features["columns"].items() if isinstance(one, str)
        }
        features["columns"] = {
            name: {"as": one} if isinstance(one, str) else one for name, one in features["columns"].items()
        }
    return features


def _split(value: Any, _composed: dict[str, Any], out: Expanded) -> Any:
    if isinstance(value, str):
        out.origin["split", "by"] = out.origin["split", "group"] = ("split",)
        value = {"by": value}
    if isinstance(value, dict) and isinstance(value.get("by"), str) and value["by"].startswith("group:"):
        out.origin["split", "group"] = out.source(("split", "by"))
        return {**value, "by": "group", "group": value["by"].removeprefix("group:").strip()}
    return value


def _model(value: Any, composed: dict[str, Any], out: Expanded) -> Any:
    if value is None:
        value = {}
    if not isinstance(value, dict):
        out.mistakes.append(Mistake(("model",), "model is a mapping", "write model: {try: [hist_gbm]}"))
        value = {}
    model = _lists(value, ("try",), ("model",), out)
    if "try" not in model:
        task = composed.get("task", "auto")
        model["try"] = TRY.get(task if isinstance(task, str) else "auto", TRY["auto"])
        out.origin["model", "try"] = ("model",)
    if isinstance(model["try"], list):
        model["try"] = [_typed(one, ("model", "try", number), out) for number, one in enumerate(model["try"])]
    tune = model.get("tune", {})
    if tune is None:
        tune = {}
    if isinstance(tune, dict):
        if "search" not in tune:
            out.origin["model", "tune", "search"] = ("model", "tune")
        model["tune"] = {
            **tune,
            "search": _typed(tune.get("search", "bayes"), ("model", "tune", "search"), out, "bayes"),
        }
    return model


def _typed(value: Any, path: Path, out: Expanded, default: str = "") -> Any:
    """A component: a type name, or a mapping with `type`."""
    if isinstance(value, str):
        out.origin.setdefault((*path, "type"), out.source(path))
        return {"type": value}
    if isinstance(value, dict) and default and "type" not in value:
        return {"type": default, **value}
    return value


def _gates(value: Any, _composed: dict[str, Any], out: Expanded) -> Any:
    if value is None:
        return {}
    if not isinstance(value, dict):
        out.mistakes.append(
            Mistake(("gates",), "gates are a mapping of metrics to bounds", "write gates: {roc_auc: {min: 0.8}}")
        )
        return {}
    kept = {}
    for name, bound in value.items():
        if isinstance(bound, int | float | str) and name not in {"tests", "approve"}:
            what, hint = f"the gate {name} needs a direction", f"write {name}: {{min: {bound}}} or {{max: {bound}}}"
            out.mistakes.append(Mistake(("gates", name), what, hint))
        else:
            kept[name] = bound
    return _lists(kept, ("tests", "approve"), ("gates",), out)


def _compression(value: Any, _composed: dict[str, Any], out: Expanded) -> Any:
    if value is None:
        return {}
    if isinstance(value, dict) and value and set(value) <= {"size", "latency", "loss", "target"}:
        out.origin["compression", "default"] = ("compression",)
        return {"default": value}
    if not isinstance(value, dict):
        out.mistakes.append(Mistake(("compression",), "compression is a mapping", "write compression: {size: 2MB}"))
        return {}
    return value


def _deployment(value: Any, composed: dict[str, Any], out: Expanded) -> Any:
    if value is None or value is False:
        return None
    if value is True:
        value = {}
    if not isinstance(value, dict):
        out.mistakes.append(Mistake(("deployment",), "deployment is true or a mapping", "write deployment: true"))
        return None
    deployment = dict(value)
    name = composed.get("name")
    defaults = {"route": f"/{name}" if isinstance(name, str) else "/", "backend": _backend(composed)}
    for key, default in defaults.items():
        if key not in deployment:
            deployment[key] = default
            out.origin["deployment", key] = ("deployment",)
    deployment["backend"] = _typed(deployment["backend"], ("deployment", "backend"), out, _backend(composed))
    if isinstance(deployment.get("replicas"), int) and not isinstance(deployment["replicas"], bool):
        count = deployment["replicas"]
        deployment["replicas"] = {"min": count, "max": count}
        out.origin |= {("deployment", "replicas", key): ("deployment", "replicas") for key in ("min", "max")}
    elif isinstance(deployment.get("replicas"), dict):
        replicas = deployment["replicas"]
        if "max" not in replicas and isinstance(replicas.get("min"), int):
            deployment["replicas"] = {**replicas, "max": replicas["min"]}
            out.origin["deployment", "replicas", "max"] = ("deployment", "replicas", "min")
    return _components(deployment, "sinks", ("deployment",), out)


def _backend(composed: dict[str, Any]) -> str:
    engine = composed.get("engine")
    name = engine.get("type") if isinstance(engine, dict) else engine
    return "process" if name in {"inline", "processes"} else "ray"


def _monitor(value: Any, _composed: dict[str, Any], out: Expanded) -> Any:
    if value is None or value is False:
        return None
    if value is True:
        return {}
    if not isinstance(value, dict):
        out.mistakes.append(Mistake(("monitor",), "monitor is true or a mapping", "write monitor: true"))
        return None
    return _components(dict(value), "alerts", ("monitor",), out)


def _components(data: dict[str, Any], key: str, at: Path, out: Expanded) -> dict[str, Any]:
    """A list of components under `key`, each by name or with settings."""
    data = _lists(data, (key,), at, out)
    if isinstance(data.get(key), list):
        data[key] = [_typed(one, (*at, key, number), out) for number, one in enumerate(data[key])]
    return data


def _engine(value: Any, _composed: dict[str, Any], out: Expanded) -> Any:
    if value is None:
        return {"type": "ray"}
    if not isinstance(value, str | dict):
        out.mistakes.append(
            Mistake(("engine",), "engine is a type or a mapping", "write engine: inline, processes or ray")
        )
        return {"type": "ray"}
    return _typed(value, ("engine",), out, "ray")


def _lists(data: dict[str, Any], keys: tuple[str, ...], at: Path, out: Expanded) -> dict[str, Any]:
    """One word or mapping where a list is due is a list of one."""
    data = dict(data)
    for key in keys:
        if isinstance(data.get(key), str | dict):
            out.origin[*at, key, 0] = (*at, key)
            data[key] = [data[key]]
    return data


RULES: dict[str, Callable[[Any, dict[str, Any], Expanded], Any]] = {
    "data": _data,
    "schema": _schema,
    "features": _features,
    "split": _split,
    "model": _model,
    "gates": _gates,
    "compression": _compression,
    "deployment": _deployment,
    "monitor": _monitor,
    "engine": _engine,
}
ALWAYS = {"model", "engine"}
