"""The system's own Chromium, and a page in it that remembers what must not happen."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# The browser's own remark on an answer that is no success; ``Witness.failures`` has these with their address.
REMARK_ON_ANSWER = "Failed to load resource"


def find_chromium() -> str | None:
    """The browser that the system has, if any."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started_browser(executable: str) -> Iterator[Browser]:
    """One browser for many pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        try:
            yield browser
        finally:
            browser.close()


class Witness:
    """What a page did that a user does not see: errors, refusals by its policy, requests, bytes.

    ``base_url`` is the only service that it may ask; ``foreseen`` are the paths whose answers may be no success.
    """

    def __init__(self, page: Page, base_url: str) -> None:
        self.host = urlsplit(base_url).netloc
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.failures: list[str] = []
        self.foreseen: set[str] = set()
        self.bytes = 0
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._asked)
        page.on("response", self._answered)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", self._loaded)

    def complaints(self) -> list[str]:
        """Everything that no page of ours may do."""
        elsewhere = [f"asked {host}" for host in self.hosts - {self.host}]
        unforeseen = [failure for failure in self.failures if failure.partition(" ")[2] not in self.foreseen]
        return self.errors + elsewhere + unforeseen

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REMARK_ON_ANSWER):
            self.errors.append(message.text)

    def _asked(self, request: Request) -> None:
        if request.url.startswith(("http:", "https:", "ws:", "wss:")):
            self.hosts.add(urlsplit(request.url).netloc)

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.status} {urlsplit(response.url).path}")

    def _loaded(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])
