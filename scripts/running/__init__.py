# SPDX-License-Identifier: Apache-2.0
"""What `bulkhead run` is made of: the machine, its consoles, the screen they share, the hypervisor's log, the loop."""
