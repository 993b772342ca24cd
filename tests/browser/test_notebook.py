"""`cl.explore` in a real JupyterLab without network: the picture steps by keyboard and Python sees it, both ways."""

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import nbformat
import numpy as np
import pytest

import convlab as cl
from tests.browser.conftest import foreign

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-for-one-test"
WITHOUT = "import sys; sys.modules['anywidget'] = None\n"
SHOW = """\
import numpy as np, convlab as cl
shown = cl.explore(np.arange(25).reshape(5, 5), np.arange(1, 10).reshape(3, 3))
shown"""
TELL = "print('STEP', shown.step, 'VALUE', shown.value, 'STRIDE', shown.scene['stride'], shown.question.spec.y_shape)"
Y = cl.conv(np.arange(25).reshape(5, 5), np.arange(1, 10).reshape(3, 3))
MOVE = "shown.step = 2"
CHANGE = "shown.change(stride=1, flip=False)"


@contextmanager
def jupyter(folder):
    """Run JupyterLab on a free port, with settings of its own, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    home = folder / "home"
    (folder / "books").mkdir()
    quiet = home / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    process = subprocess.Popen(
        [
            sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
            "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={folder / 'books'}",
            "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.extension_manager=readonly",
        ],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def lab(tmp_path_factory, browser):
    """Give the address of a JupyterLab and the folder of its notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    with jupyter(folder) as address:
        for _ in range(600):  # a minute: beside other tests it starts slowly
            try:
                with urlopen(f"{address}/api?token={TOKEN}", timeout=2):
                    break
            except OSError:
                time.sleep(0.1)
        yield address, folder / "books"


class Book:
    """A notebook that is open in a page."""

    def __init__(self, page, address, folder, name, first):
        book = nbformat.v4.new_notebook()
        book.cells = [nbformat.v4.new_code_cell(source) for source in (first + SHOW, TELL, MOVE, CHANGE)]
        book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(book, folder / name)
        self.page = page
        page.goto(f"{address}/lab/workspaces/{name.partition('.')[0]}/tree/{name}?token={TOKEN}")
        page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel")
        page.evaluate("jupyterapp.shell.collapseLeft() ?? jupyterapp.shell.currentWidget.revealed")
        page.locator(".jp-Spinner").wait_for(state="detached")
        self.run(0)
        self.root = page.locator(".convlab .screen-step")
        self.root.wait_for(timeout=30_000)

    def run(self, index):
        """Run one cell and return what it printed."""
        return self.page.evaluate(
            """async (index) => {
                const panel = jupyterapp.shell.currentWidget
                await panel.sessionContext.ready
                panel.content.activeCellIndex = index
                await jupyterapp.commands.execute("notebook:run-cell")
                const outputs = panel.content.widgets[index].model.sharedModel.getOutputs()
                return outputs.map((one) => [one.text ?? one.evalue ?? ""].flat().join("")).join("")
            }""",
            index,
        )

    def told(self, pattern, seconds=20):
        """Run the cell that tells, until it says what is expected."""
        until = time.monotonic() + seconds
        while not re.search(pattern, said := self.run(1)):
            assert time.monotonic() < until, said
            time.sleep(0.1)
        return said

    def focus(self):
        """Put the focus on the picture, as a click on the output cell does."""
        self.root.locator(".grid").last.locator("[role=gridcell]").first.click()


@pytest.mark.parametrize("host", ["anywidget", "panel"])
def test_the_picture_and_the_notebook_stay_together(lab, open_page, host):
    address, folder = lab
    page = open_page("large")
    book = Book(page, address, folder, f"{host}.ipynb", WITHOUT if host == "panel" else "")
    book.told(f"STEP 0 VALUE {Y.flat[0]} ")
    # the keyboard steps, and Python sees it; JupyterLab keeps its own hands off the keys
    book.focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("r => r.dataset.step === '4'", arg=book.root.element_handle())
    book.told(f"STEP 4 VALUE {Y.flat[4]} ")
    cells = "jupyterapp.shell.currentWidget.content.widgets.length"
    book.focus()
    page.keyboard.press("x")
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.evaluate(cells) == 4
    book.told(f"STEP 0 VALUE {Y.flat[0]} ")  # the click went there: what Python says next must not cross it
    # Python steps, and the picture follows
    book.run(2)
    page.wait_for_function("r => r.dataset.step === '2'", arg=book.root.element_handle())
    assert float(book.root.get_attribute("data-sum")) == Y.flat[2]
    # the picture asks for another convolution, and Python sees it
    book.root.get_by_role("button", name="larger stride").click()
    assert "(1, 1, 2, 2)" in book.told(r"STRIDE \[2, 2\]")
    # Python changes it, and the picture follows
    book.run(3)
    book.root.get_by_text("Cross-correlation").wait_for()
    book.told(r"STRIDE \[1, 1\]")
    # and it wears what JupyterLab wears
    for theme in ("Dark", "Light"):
        page.evaluate(
            f"jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {theme}'}})"
        )
        page.locator(f".convlab[data-theme={theme.lower()}]").wait_for()
    assert foreign(page.asked) == []
