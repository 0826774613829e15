"""Alerts to a web address."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from declml.api import Channel, DeclmlError, parse_duration

LONGEST_WAIT = 30.0

Duration = Annotated[float, BeforeValidator(lambda value: value if isinstance(value, float) else parse_duration(value))]


class WebhookChannel(Channel):
    """Posts `{"title", "text", "facts"}` as JSON. Any 2xx answer is a delivery.

    The address and the headers are secrets: they are in no plan, log, error or report; only the host is shown.
    Redirects are not followed. Time-outs, lost connections, 429 and 5xx are tried again. The alert's identity goes as
    `Idempotency-Key`, so that a receiver can drop a message that it got although the answer was lost.
    """

    type: Literal["webhook"] = "webhook"

    url: SecretStr
    headers: dict[str, SecretStr] = Field(default={})
    timeout: Annotated[Duration, Field(gt=0, le=300)] = 10.0
    """Seconds for each try."""
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    wait: Annotated[Duration, Field(ge=0, le=LONGEST_WAIT)] = 0.5
    """Seconds before the second try; doubled before each further one. A longer `Retry-After` is obeyed up to 30 s."""

    @field_validator("url")
    @classmethod
    def _plain_web_address(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        try:
            parts = urlsplit(text)
            usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("url must be an http:// or https:// address")
        if parts.username or parts.password:
            raise ValueError("url must not hold a user or password; put them into headers")
        return url

    @field_validator("headers")
    @classmethod
    def _one_line_each(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            if not (name.isascii() and name.isprintable() and value.get_secret_value().isprintable()):
                raise ValueError("a header must be one line of printable text")
        return headers

    def send(self, title: str, text: str, facts: dict[str, object]) -> None:
        """Post it.

        Raises:
            DeclmlError: E6002, after the last try, or at once when the address refuses the message.
        """
        request = self._request(title, text, facts)
        pause = self.wait
        for left in range(self.tries - 1, -1, -1):
            why, asked = self._tried(request)
            if not why:
                return
            if asked is None or not left:
                break
            time.sleep(min(max(pause, asked), LONGEST_WAIT))
            pause *= 2
        raise DeclmlError(
            "E6002",
            "the alert could not be posted",
            where=urlsplit(self.url.get_secret_value()).hostname or "",
            why=why,
            next="it is sent again with the next check; check the address in monitor.alerts",
        )

    def _request(self, title: str, text: str, facts: dict[str, object]) -> urllib.request.Request:
        body = json.dumps({"title": title, "text": text, "facts": facts}, default=str).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "declml"}
        headers |= {"Idempotency-Key": str(facts["id"])} if "id" in facts else {}
        headers |= {name: value.get_secret_value() for name, value in self.headers.items()}
        return urllib.request.Request(self.url.get_secret_value(), body, headers, method="POST")  # noqa: S310 - checked above

    def _tried(self, request: urllib.request.Request) -> tuple[str, float | None]:
        """What went wrong ("" for nothing), and the least pause before another try; None: trying again is useless."""
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=self.timeout):
                return "", None
        except urllib.error.HTTPError as error:
            with error:
                again = error.code == 429 or error.code >= 500
                return f"it answered {error.code}", _seconds(error.headers.get("Retry-After")) if again else None
        except TimeoutError:
            return f"no answer within {self.timeout:g} s", 0.0
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                return f"no answer within {self.timeout:g} s", 0.0
            return f"no connection ({type(error.reason).__name__})", 0.0
        except (OSError, HTTPException) as error:
            return f"the connection broke ({type(error).__name__})", 0.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could lead anywhere, and would turn the POST into a GET."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdigit() else 0.0
