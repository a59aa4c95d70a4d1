/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of probe_paths.c, timed as those of probe_measure.S. */
#include "measure.inc"

measured measure_hvc_1, hvc #1
measured measure_smc_1, smc #1
measured measure_read32_signed, ldrsw x1, [x0]
measured measure_read32_pair, ldp w1, w2, [x0]
measured measure_write32_pair, stp w1, w1, [x0]
measured measure_write32_pre, str w1, [x0, #4]!
measured measure_write8, strb w1, [x0]
measured measure_read8, ldrb w1, [x0]
measured measure_clean_line, dc civac, x0
measured measure_constant_read, mrs x0, actlr_el1
measured measure_constant_write, msr actlr_el1, xzr
measured measure_set_way, dc isw, xzr
measured measure_os_lock, msr oslar_el1, xzr
measured measure_identity, mrs x0, id_aa64pfr0_el1
measured measure_wfi, wfi
