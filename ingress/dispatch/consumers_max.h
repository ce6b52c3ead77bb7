/* consumers_max.h - how many sessions of pools there may be: twice a thousand, as those that were
 * lost stay until their lease ends while others take their place. */
#ifndef INGRESS_DISPATCH_CONSUMERS_MAX_H
#define INGRESS_DISPATCH_CONSUMERS_MAX_H

#define CONSUMERS_MAX 2048u /* a power of two, for credit_tree.h */

#endif
