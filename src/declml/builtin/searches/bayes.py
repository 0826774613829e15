"""Settings proposed from what earlier ones gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from declml.api import Asker, Axis, Choose, Search

if TYPE_CHECKING:
    from collections.abc import Iterable


class Bayes(Search):
    """Tree-structured Parzen estimator (Bergstra et al. 2011) of Optuna, after `start_random` random trials."""

    type: Literal["bayes"] = "bayes"
    start_random: Annotated[int, Field(ge=1)] = 5

    def start(self, axes: dict[str, Axis], seed: int) -> Asker:
        """Begin with nothing known."""
        return _Study(axes, seed, self.start_random)


class _Study:
    def __init__(self, axes: dict[str, Axis], seed: int, start_random: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=start_random)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._space = {name: _distribution(axis) for name, axis in axes.items()}
        self._options = {n: a.dimension.options for n, a in axes.items() if isinstance(a.dimension, Choose)}
        self._open: list[tuple[dict[str, object], Any]] = []

    def ask(self) -> dict[str, object]:
        trial = self._study.ask(self._space)
        settings = {n: self._options[n][v] if n in self._options else v for n, v in trial.params.items()}
        self._open.append((settings, trial))
        return settings

    def tell(self, settings: dict[str, object], value: float | None) -> None:
        import optuna

        place = next(i for i, (asked, _) in enumerate(self._open) if asked == settings)
        _, trial = self._open.pop(place)
        if value is None:
            self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(trial, value)


def _distribution(axis: Axis) -> Any:
    from optuna import distributions

    dimension = axis.dimension
    if isinstance(dimension, Choose):
        return distributions.CategoricalDistribution(_places(dimension.options))
    if axis.integer:
        return distributions.IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return distributions.FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _places(options: Iterable[object]) -> list[int]:
    return list(range(len(list(options))))
