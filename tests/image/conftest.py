# SPDX-License-Identifier: Apache-2.0
"""The image that the tests of `bulkhead verify` corrupt."""

import pytest
from test_image import IMAGES, make


@pytest.fixture(name="image", scope="session")
def good_image(tmp_path_factory):
    """The build folder and the image's bytes."""
    folder = tmp_path_factory.mktemp("good")
    for name, content in IMAGES.items():
        (folder / name).write_bytes(content)
    return folder, make(folder)
