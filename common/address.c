/* address.c - two tables of ranges, and the places where IPv6 hides an address of IPv4. */
#include "common/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/xalloc.h"

struct range {
	uint8_t first[16];
	unsigned bits;
	const char *class;
};

static const struct range v4_ranges[] = {
	{ { 0 }, 8, "this network" },           /* RFC 791; Linux connects to itself */
	{ { 10 }, 8, "private" },               /* RFC 1918 */
	{ { 100, 64 }, 10, "shared" },          /* RFC 6598: behind a provider's NAT */
	{ { 127 }, 8, "loopback" },             /* RFC 1122 */
	{ { 169, 254 }, 16, "link-local" },     /* RFC 3927; metadata of clouds */
	{ { 172, 16 }, 12, "private" },         /* RFC 1918 */
	{ { 192, 0, 0 }, 24, "reserved" },      /* RFC 6890; NAT64 discovery, DS-Lite */
	{ { 192, 0, 2 }, 24, "documentation" }, /* RFC 5737 */
	{ { 192, 31, 196 }, 24, "reserved" },   /* RFC 7535: AS112 */
	{ { 192, 52, 193 }, 24, "reserved" },   /* RFC 7450: multicast tunnels */
	{ { 192, 88, 99 }, 24, "reserved" },    /* RFC 7526: once relays of 6to4 */
	{ { 192, 168 }, 16, "private" },        /* RFC 1918 */
	{ { 192, 175, 48 }, 24, "reserved" },   /* RFC 7534: AS112 */
	{ { 198, 18 }, 15, "benchmarking" },    /* RFC 2544 */
	{ { 198, 51, 100 }, 24, "documentation" },
	{ { 203, 0, 113 }, 24, "documentation" },
	{ { 224 }, 4, "multicast" }, /* RFC 5771 */
	{ { 240 }, 4, "reserved" },  /* RFC 1112; with it broadcast */
};

/* Only 2000::/3 is given out at all (RFC 4291, 2.4). */
static const struct range v6_ranges[] = {
	{ { 0x20, 0x01, 0, 0 }, 32, "translated" }, /* RFC 4380: Teredo */
	{ { 0x20, 0x01, 0 }, 23, "reserved" },      /* RFC 2928; with it ORCHID, benchmarks */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "documentation" },
	{ { 0x26, 0x20, 0, 0x4f, 0x80 }, 48, "reserved" }, /* RFC 7534: AS112 */
	{ { 0x3f, 0xff }, 20, "documentation" },           /* RFC 9637 */
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* ::ffff:0:0/96 */
static const uint8_t siit[12] = { [8] = 0xff, [9] = 0xff };     /* ::ffff:0:0:0/96 */
static const uint8_t nat64[4] = { 0x00, 0x64, 0xff, 0x9b };     /* RFC 6052 */

static bool is_within(const uint8_t *address, const struct range *range)
{
	const unsigned bytes = range->bits / 8, rest = range->bits % 8;
	const uint8_t mask = (uint8_t)(0xff00u >> rest);

	return memcmp(address, range->first, bytes) == 0 &&
	       (rest == 0 || (address[bytes] & mask) == (range->first[bytes] & mask));
}

static const char *find(const uint8_t *address, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_within(address, &ranges[i]))
			return ranges[i].class;
	return NULL;
}

static const char *class_v4(const uint8_t *address)
{
	return find(address, v4_ranges, COUNT_OF(v4_ranges));
}

/* Of all but 2000::/3. */
static const char *class_of_rest(const uint8_t *address)
{
	static const uint8_t none[16] = { 0 };

	if (memcmp(address, none, 15) == 0)
		return address[15] == 1 ? "loopback" : "this network";
	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		return "mapped";
	if (memcmp(address, siit, sizeof(siit)) == 0 || memcmp(address, nat64, sizeof(nat64)) == 0)
		return "translated";
	if (address[0] == 0xff)
		return "multicast";
	if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80)
		return "link-local";
	if ((address[0] & 0xfe) == 0xfc)
		return "private";
	return "reserved";
}

static const char *class_v6(const uint8_t *address)
{
	if ((address[0] & 0xe0) != 0x20)
		return class_of_rest(address);
	/* RFC 3056: a relay would pass it on to the address within. */
	if (address[0] == 0x20 && address[1] == 0x02)
		return "translated";
	return find(address, v6_ranges, COUNT_OF(v6_ranges));
}

const char *address_class(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return class_v4((const uint8_t *)&v4.sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		return class_v6((const uint8_t *)&v6.sin6_addr);
	}
	return "no address of the internet";
}
