# SPDX-License-Identifier: Apache-2.0
"""What `bulkhead map` and `bulkhead report` show, made from the planner's description of a system."""
