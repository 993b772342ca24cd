"""What a step of the Step screen costs in the browser: script per step, and frames per second of a scrub.

``python benchmarks/step.py`` prints both for 12 x 12 x 3 inputs with 5 x 5 taps; it needs Chromium and playwright.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import sync_playwright

from convlab.dashboard.state.question import Question
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.step_page import StepPage

SECONDS = 3
SCRIPT = """[...Array(3000).keys()].map((k) => {
  const at = (k * 7) % (lab.scene().macs - 1), terms = 75, from = performance.now()
  lab.go(Math.floor(at / terms), at % terms)
  return performance.now() - from
})"""
SCRUB = """new Promise((done) => {
  const range = root.querySelector('input[type=range]'), frames = [], end = performance.now() + %d
  let last = performance.now(), at = 0
  const frame = (now) => {
    frames.push(now - last)
    last = now
    range.value = at = (at + 53) %% Number(range.max)
    range.dispatchEvent(new Event('input'))
    now < end ? requestAnimationFrame(frame) : done(frames.slice(2))
  }
  requestAnimationFrame(frame)
})"""


def measure(mode):
    """Return script per step in ms (median, 95 %) and frames per second of a scrub that moves on every frame."""
    draw = np.random.default_rng(5)
    question = Question(draw.integers(-9, 10, (1, 3, 12, 12)), draw.integers(-5, 6, (1, 3, 5, 5)), mode=mode)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        step = StepPage(browser.new_page(viewport={"width": 1280, "height": 720}), question)
        costs, frames = step(SCRIPT), step(SCRUB % (SECONDS * 1000))
        browser.close()
    return {
        "mode": mode,
        "script_ms_median": round(float(np.median(costs)), 3),
        "script_ms_p95": round(float(np.percentile(costs, 95)), 3),
        "frames_per_s": round(1000 * len(frames) / sum(frames), 1),
        "frame_ms_p95": round(float(np.percentile(frames, 95)), 1),
    }


if __name__ == "__main__":
    for mode in ("valid", "full"):
        print(json.dumps(measure(mode)))
