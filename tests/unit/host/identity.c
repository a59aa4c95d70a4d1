/* SPDX-License-Identifier: Apache-2.0 */
/* The host's ID registers in place of src/arch/armv8/id_registers.S: what the test has put there. */
#include "host/host.h"

#include "arch/armv8/identity.h"

uint64_t host_identity[HOST_IDENTITIES];

/* What id_registers.S gives identity.c. */
uint64_t identity_register(uint64_t number);

uint64_t identity_register(uint64_t number)
{
	return host_identity[number];
}
