/* SPDX-License-Identifier: Apache-2.0 */
/* How a call of the kernel ended. */
#ifndef RT_STATUS_H
#define RT_STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_TIMEOUT,   /* the deadline came first */
	STATUS_FULL,      /* a semaphore is at its limit */
	STATUS_DEADLOCK,  /* the mutex's owner waits, perhaps over others, for the caller */
	STATUS_NOT_OWNER, /* the mutex is somebody else's */
};

#endif
