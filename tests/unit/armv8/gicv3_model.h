/* SPDX-License-Identifier: Apache-2.0 */
/* The model that the GICv3's filter is held to. */
#ifndef ARMV8_GICV3_MODEL_H
#define ARMV8_GICV3_MODEL_H

#include "armv8/gicv3_frames.h"

/* Makes the access: what is read and which bits change must be as the model says. One that is misaligned does nothing
 * and reads zero. */
void model_check_access(const struct plan_filter *filter, const struct attempt *attempt);

#endif
