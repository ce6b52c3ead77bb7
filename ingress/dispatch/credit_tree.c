/* credit_tree.c - each match is played again from the consumer that changed up to the final. */
#include "ingress/dispatch/credit_tree.h"

void credit_tree_set(struct credit_tree *tree, unsigned consumer, uint32_t credit)
{
	unsigned at = CONSUMERS_MAX + consumer;
	uint64_t node = credit ? (uint64_t)credit << 32 | (UINT32_MAX - consumer) : 0;

	while (tree->nodes[at] != node) {
		tree->nodes[at] = node;
		if (at == 1)
			return;
		uint64_t other = tree->nodes[at ^ 1];
		node = other > node ? other : node;
		at /= 2;
	}
}

bool credit_tree_first(const struct credit_tree *tree, unsigned *consumer)
{
	if (tree->nodes[1] == 0)
		return false;
	*consumer = UINT32_MAX - (uint32_t)tree->nodes[1];
	return true;
}
