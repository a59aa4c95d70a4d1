/* SPDX-License-Identifier: Apache-2.0 */
/* What only a GICv2 has (IHI 0048B, 4.3 and 4.4). */
#ifndef HOSTILE_GICV2_H
#define HOSTILE_GICV2_H

#define GICD_SIZE 0x1000u
#define GICD_ITARGETSR 0x0800u

#define GICC_CTLR 0x0000u
#define GICC_PMR 0x0004u
#define GICC_BPR 0x0008u
#define GICC_IAR 0x000cu
#define GICC_EOIR 0x0010u
#define GICC_RPR 0x0014u
#define GICC_HPPIR 0x0018u
#define GICC_AIAR 0x0020u
#define GICC_AEOIR 0x0024u
#define GICC_AHPPIR 0x0028u
#define GICC_APR0 0x00d0u
#define GICC_APRS 4u
#define GICC_NSAPR0 0x00e0u
#define GICC_DIR 0x1000u
#define GICC_SIZE 0x2000u

#define SGIR_OTHERS (1u << 24)
#define SGIR_SELF (2u << 24)
#define SGIR_LIST(cores) ((uint32_t)(cores) << 16)

#endif
