# SPDX-License-Identifier: Apache-2.0
# Bulkhead: `make run` tries a system, `make test` checks everything; both install what is missing.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:

SYSTEM ?= ivi-rtos
BOARD ?= qemu-virt-gicv3
BUILD := build

# ---- everyday commands ----------------------------------------------------------------------------------------------

# ---- set-up (scripts/setup) -----------------------------------------------------------------------------------------

# Rules that call a tool name $(SETUP) as an order-only prerequisite: a clean machine then gets its tools first.
SETUP := $(BUILD)/setup.stamp

.PHONY: setup
setup:
	@scripts/setup

$(SETUP): scripts/setup
	@scripts/setup

# ---- planner --------------------------------------------------------------------------------------------------------

# ---- hypervisor -----------------------------------------------------------------------------------------------------

# ---- guests ---------------------------------------------------------------------------------------------------------

NEWLIB := $(BUILD)/newlib/install/aarch64-none-elf
NEWLIB_STAMP := $(BUILD)/newlib/newlib.stamp

.PHONY: newlib
newlib: $(NEWLIB_STAMP)

$(NEWLIB_STAMP): scripts/newlib | $(SETUP)
	@scripts/newlib $(BUILD)/newlib
	@touch $@

# ---- tests ----------------------------------------------------------------------------------------------------------
