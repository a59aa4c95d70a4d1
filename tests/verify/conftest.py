# SPDX-License-Identifier: Apache-2.0
"""Where the helpers lie that these tests share with those of images, and the plan's layout."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/image"), str(ROOT / "scripts")]
