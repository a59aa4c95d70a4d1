# SPDX-License-Identifier: Apache-2.0
"""What the tests of `bulkhead flash` share: a key and an image."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BULKHEAD = Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build")) / "bulkhead"
SYSTEM = ROOT / "configs" / "partitions" / "rtos-rtos.dts"

sys.path.insert(0, str(ROOT / "scripts"))


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "image"
    subprocess.run([BULKHEAD, "build", SYSTEM, "-o", path], check=True)
    return path


@pytest.fixture
def flash(tmp_path):
    """Runs `bulkhead flash` in a folder of the test's own."""

    def call(*arguments, environment=()):
        command = [str(word) for word in (BULKHEAD, "flash", *arguments)]
        environment = {**os.environ, **dict(environment)}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)

    return call
