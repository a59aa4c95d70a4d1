# SPDX-License-Identifier: Apache-2.0
"""What `bulkhead flash` makes of an image: its pieces, a signed FIT, a card."""
