"""The Step screen of the running dashboard, and what a test wants to know of it."""

from urllib.parse import parse_qs, urlsplit


class DashboardStep:
    """A page of the real server; the picture talks to Python over the real wire."""

    def __init__(self, page, base, query=""):
        self.page = page
        self.sent = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self.sent.append(frame)))
        page.goto(f"{base}/step{query}")
        self.root = page.locator(".screen-step")
        self.root.wait_for()
        self.wait("root.dataset.sum !== undefined")

    def wait(self, condition):
        """Wait until a condition in JavaScript on the root of the picture holds."""
        self.page.wait_for_function(f"root => {condition}", arg=self.root.element_handle())

    def address_holds(self, **wanted):
        """Wait until the address says what is wanted."""
        said = " && ".join(f"q.get({key!r}) === {str(value)!r}" for key, value in wanted.items())
        self.page.wait_for_function(
            f"() => {{ const q = new URLSearchParams(location.search); return {said} }}"
        )

    @property
    def query(self):
        return {key: values[-1] for key, values in parse_qs(urlsplit(self.page.url).query).items()}

    @property
    def at(self):
        """Step and tap."""
        return tuple(int(self.root.get_attribute(f"data-{name}")) for name in ("step", "tap"))

    def values(self, grid):
        """The texts of a grid: "Filter w as given", "Output y", ..."""
        cells = self.page.get_by_role("grid", name=grid).get_by_role("gridcell")
        return [text.strip() for text in cells.locator(".v").all_inner_texts()]

    def mode(self, name):
        self.root.get_by_role("group", name="mode").get_by_role("button", name=name, exact=True).click()

    def edit(self, operand, text):
        """Type a whole array into the dialog and apply it."""
        self.root.get_by_role("button", name="More: padding, groups, editing").click()
        self.root.get_by_role("button", name=f"Edit the {operand}").click()
        self.root.get_by_label("Numbers").fill(text)
        self.root.get_by_role("button", name="Apply").click()

    def stay(self):
        """Wait long enough for a late answer to arrive."""
        self.page.wait_for_timeout(400)
