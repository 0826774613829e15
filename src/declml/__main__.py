"""`python -m declml` is `declml`."""

import sys

from declml.cli.main import main

sys.exit(main())
