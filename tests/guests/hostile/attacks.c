/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of attacks on Armv8, and the core's state around each. */
#include <stddef.h>

#include "hostile/attack.h"
#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/probe.h"

const struct attack *const attack_tables[] = {
	call_attacks,    controller_attacks, distributor_attacks, interface_attacks, memory_attacks,   recall_attacks,
	remains_attacks, register_attacks,   sweep_attacks,       self_attacks,      syndrome_attacks, NULL,
};

void attack_init(void)
{
	/* nothing to prepare */
}

void attack_start(void)
{
	probe_start();
}

void attack_stop(void)
{
	gic_repair();
	probe_stop();
}
