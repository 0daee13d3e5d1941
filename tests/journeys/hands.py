"""Somebody who has a keyboard and no mouse."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

_MOST_TABS = 250
_FOCUSED = """element => {
    const box = element.getBoundingClientRect(), look = getComputedStyle(element);
    const label = element.labels?.[0] ? getComputedStyle(element.labels[0], '::before') : look;
    const seen = box.bottom > 0 && box.top < innerHeight;
    const drawn = one => one.outlineStyle !== 'none' && parseFloat(one.outlineWidth) > 0 || one.boxShadow !== 'none';
    return {seen, ring: drawn(look) || drawn(label)};
}"""


@dataclass
class Hands:
    """Somebody with a keyboard only: every step is a key, every focus is seen, no page goes over the edge."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def reach(self, target: Locator) -> None:
        """Press Tab until this is where the keyboard is."""
        target.wait_for(state="attached")
        for _ in range(_MOST_TABS):
            if target.evaluate("element => element === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"never reached by Tab: {target} on {self.page.url}")
        found = target.evaluate(_FOCUSED)
        if not (found["seen"] and found["ring"]):
            self.faults.append(f"focus not seen on {target} of {self.page.url}: {found}")

    def type(self, target: Locator, text: str) -> None:
        """Write in a field."""
        self.reach(target)
        self.page.keyboard.type(text)

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Act on a link, a button or a box."""
        self.reach(target)
        if key == "Enter":
            with self.page.expect_navigation():
                self.page.keyboard.press(key)
            wide = self.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                self.faults.append(f"{self.page.url} is {wide} px too wide")
        else:
            self.page.keyboard.press(key)
