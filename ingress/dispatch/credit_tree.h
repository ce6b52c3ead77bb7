/* credit_tree.h - which consumer has the most credit: a tournament over all of them, so that the
 * answer costs nothing and a change a dozen steps, whatever the number of consumers. */
#ifndef INGRESS_DISPATCH_CREDIT_TREE_H
#define INGRESS_DISPATCH_CREDIT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "ingress/dispatch/consumers_max.h"

/* Zeroed: nobody has any. */
struct credit_tree {
	/* [1] is the winner, [i] that of [2 i] and [2 i + 1], and the second half are the consumers
	 * themselves: credit above, and below it what makes the first of equals the winner. */
	uint64_t nodes[2 * CONSUMERS_MAX];
};

/* 0: it does not take part. */
void credit_tree_set(struct credit_tree *tree, unsigned consumer, uint32_t credit);
/* The one with the most credit, of equals the one with the lowest number. False: nobody has any. */
bool credit_tree_first(const struct credit_tree *tree, unsigned *consumer);

#endif
