"""Alerts into the log of the process."""

from __future__ import annotations

import json
import logging
from typing import Literal

from declml.api import Channel

LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class LogChannel(Channel):
    """One log record of logger `declml.alerts`: the title and the text, the facts as JSON behind."""

    type: Literal["log"] = "log"

    level: Literal["info", "warning", "error"] = "warning"

    def send(self, title: str, text: str, facts: dict[str, object]) -> None:
        """Log it; line breaks are kept out of the record, so that no text can fake another one."""
        shown = json.dumps(facts, sort_keys=True, default=str)
        message = " ".join(f"{title}: {text}".split())
        logging.getLogger("declml.alerts").log(LEVELS[self.level], "%s %s", message, shown)
