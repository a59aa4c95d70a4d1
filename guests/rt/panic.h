/* SPDX-License-Identifier: Apache-2.0 */
/* The end of this partition, by its own doing. */
#ifndef RT_PANIC_H
#define RT_PANIC_H

/* Prints one line on the console by polling and switches the partition off. Any context. */
_Noreturn void panic(const char *text);

#define ASSERT_TEXT_(line) #line
#define ASSERT_LINE_(line) ASSERT_TEXT_(line)
#define ASSERT(condition) ((condition) ? (void)0 : panic(__FILE__ ":" ASSERT_LINE_(__LINE__) ": " #condition))

#endif
