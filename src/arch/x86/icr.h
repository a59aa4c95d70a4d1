/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts that a guest sends between its cores, and what other cores of its partition want of this one: NMI, INIT, start-up.
 */
#ifndef X86_ICR_H
#define X86_ICR_H

#include "types.h"

/*
 * A write of the interrupt command register, upper half and lower (Intel SDM volume 3, 11.12.9): sent to those of its targets
 * that are its own partition's. The guest's core. May switch it off.
 */
void icr_write(uint32_t destination, uint32_t low);

/* Forgets what was asked of this core, which hears NMIs from here on. Before its guest is entered from reset. */
void icr_requests_clear(void);

/*
 * A kick left the guest: carries an INIT out, which does not return; true: its guest has an NMI waiting, which stays so until
 * icr_nmi_taken. The guest's core.
 */
bool icr_requests_look(void);
void icr_nmi_taken(void);

/*
 * This core has parked, and its power is off: it hears no NMI any more. Carries out the start-up that followed an INIT while it was
 * still on its way, by a kick of itself. From its wait, before it sleeps.
 */
void icr_parked(void);

#endif
