"""`--cfg job`: the composed spec as YAML, before sugar; references to the environment stay references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.config.load import compose, locate
from declml.core.errors import SpecError
from declml.core.reference import masked
from declml.plugin.registry import registry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def show(
    spec_file: Path | None,
    overrides: Sequence[str] = (),
    *,
    resolve: bool = False,
    config_dir: str | Path | None = None,
    config_name: str | None = None,
) -> str:
    """The YAML of the composed config. With `resolve`, interpolations are resolved but those to the environment.

    The spec is composed, not validated: this is how one looks at a spec that does not pass.

    Raises:
        SpecError: it cannot be composed, or with `resolve` an interpolation cannot be resolved.
    """
    import yaml

    file, extra = locate(spec_file, config_dir, config_name)
    registry().load_file(file.parent / "plugins.py")
    composition = compose(file, overrides, extra)
    if resolve:
        data = _resolved(composition, str(file))
    else:
        from omegaconf import OmegaConf

        whole: Any = OmegaConf.to_container(composition.config, resolve=False)
        data = {key: value for key, value in whole.items() if key != "hydra"}
    return masked_yaml(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=False))


def masked_yaml(text: str) -> str:
    """YAML with literal credentials masked."""
    return "\n".join(masked(line) for line in text.splitlines()) + "\n"


def _resolved(composition: Any, file: str) -> dict[str, Any]:
    from omegaconf import OmegaConf

    from declml.config.findings import Composed
    from declml.config.resolve import resolve

    resolved = resolve(composition.config)
    if resolved.broken:
        composed = Composed(composition.origins(), OmegaConf.to_container(composition.config, resolve=False), file)
        raise SpecError.of([composed.finding(one.code, one.path, one.what, one.hint) for one in resolved.broken])
    return resolved.data
