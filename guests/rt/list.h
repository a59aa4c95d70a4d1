/* SPDX-License-Identifier: Apache-2.0 */
/* Circular doubly linked lists of nodes that live inside their objects. No locking: the kernel masks interrupts. */
#ifndef RT_LIST_H
#define RT_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *next;
	struct list_node *previous;
};

/* A list is the node before its first and after its last. */
struct list {
	struct list_node head;
};

#define LIST_INITIALISER(name)                                                                                         \
	{                                                                                                              \
		.head = { &(name).head, &(name).head }                                                                 \
	}

/* The object of the given struct type whose member is at `node`. */
#define LIST_OBJECT(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

#define LIST_FOR_EACH(node, list)                                                                                      \
	for (struct list_node *node = (list)->head.next; node != &(list)->head; node = node->next)

static inline void list_init(struct list *list)
{
	list->head.next = &list->head;
	list->head.previous = &list->head;
}

static inline bool list_is_empty(const struct list *list)
{
	return list->head.next == &list->head;
}

/* The first node, or NULL. */
static inline struct list_node *list_first(const struct list *list)
{
	return list_is_empty(list) ? NULL : list->head.next;
}

static inline void list_insert_before(struct list_node *position, struct list_node *node)
{
	node->next = position;
	node->previous = position->previous;
	position->previous->next = node;
	position->previous = node;
}

static inline void list_append(struct list *list, struct list_node *node)
{
	list_insert_before(&list->head, node);
}

static inline void list_prepend(struct list *list, struct list_node *node)
{
	list_insert_before(list->head.next, node);
}

static inline void list_remove(struct list_node *node)
{
	node->next->previous = node->previous;
	node->previous->next = node->next;
	node->next = NULL;
	node->previous = NULL;
}

/* Whether a node is in some list; holds for nodes that were zeroed, or removed by list_remove. */
static inline bool list_node_is_linked(const struct list_node *node)
{
	return node->next != NULL;
}

#endif
