"""`--cfg job`: the composed spec, as Hydra shows it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from declml.cli.open import spec_file

if TYPE_CHECKING:
    import argparse


def shown_configuration(args: argparse.Namespace) -> int:
    """Print the composed spec and leave."""
    from declml.config.show import show

    text = show(
        spec_file(args),
        args.overrides,
        config_dir=args.config_dir,
        config_name=args.config_name,
        resolve=args.resolve,
    )
    if args.json:
        import yaml

        text = json.dumps(yaml.safe_load(text), indent=2, default=str) + "\n"
    sys.stdout.write(text)
    return 0
