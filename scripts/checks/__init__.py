# SPDX-License-Identifier: Apache-2.0
"""The rules of scripts/check and scripts/size. Each rule is a generator of findings; none prints or exits."""
