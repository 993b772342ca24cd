"""Takes the pictures of the screens that README shows: ``python -m tests.browser.pictures``."""

from playwright.sync_api import sync_playwright

from convlab.paths import assets
from tests.browser.conftest import ARGUMENTS, SIZES, chromium
from tests.servers import running

SCREENS = {
    "home": "/",
    "step": "/step?v=1&preset=S000et&step=6&tap=5",
    "compare": "/compare?v=1&preset=S000at",
    "gradients": "/gradients?v=1&preset=S000et&mode=valid&flip=0&cell=12&term=8",
    "race": "/race?race=source-004-1",
    "implementations": "/implementations",
}
ENOUGH_MS = 180_000  # for a race and a sweep of all backends


def main():
    """Open every screen as a visitor does, in light, and keep what is seen."""
    width, height = SIZES["laptop"]
    folder = assets() / "screens"
    folder.mkdir(exist_ok=True)
    with running() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for name, address in SCREENS.items():
            page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
            page.goto(server.base + address)
            page.locator("main h1").first.wait_for()
            if name == "race":
                run(page)
            page.wait_for_timeout(
                5000 if name == "compare" else 1000
            )  # the real Theano answers beside the page
            page.screenshot(path=folder / f"{name}.png")
            page.close()
        browser.close()


def run(page):
    """Race, then sweep, as a visitor does; nothing else should run on the machine meanwhile."""
    page.keyboard.press("r")
    page.locator(".screen-race[data-race=done]").wait_for(timeout=ENOUGH_MS)
    page.locator(".empty .link").click()
    page.locator(".screen-race[data-sweep=done]").wait_for(timeout=ENOUGH_MS)


if __name__ == "__main__":
    main()
