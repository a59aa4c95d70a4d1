/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to the trapped registers of a GICv3's CPU interface, timed as those of probe_measure.S. */
#include "measure.inc"

measured measure_group_0, mrs x0, S3_0_C12_C8_0
measured measure_interface_read, mrs x0, S3_0_C12_C12_4
measured measure_interface_write, msr S3_0_C12_C12_4, xzr
measured measure_running_priority, mrs x0, S3_0_C12_C11_3
measured measure_sgi_other_group, msr S3_0_C12_C11_7, xzr

/* An interrupt of its own that is not active: nothing happens but the look at who owns it. */
function measure_deactivate
	mov	x1, #27
	before
	msr	S3_0_C12_C11_1, x1
	after
