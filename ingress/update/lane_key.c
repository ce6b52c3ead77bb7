/* lane_key.c - hashes a rule and an id to a lane's key. */
#include "ingress/update/lane_key.h"

/* Mixes the bits (MurmurHash3's finalizer, a bijection); the tag keeps the kinds of lanes apart. */
uint64_t lane_key(enum lane_rule rule, int64_t id)
{
	uint64_t key = (uint64_t)id ^ ((uint64_t)rule + 1) << 56;

	key = (key ^ key >> 33) * UINT64_C(0xff51afd7ed558ccd);
	key = (key ^ key >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return key ^ key >> 33;
}

uint64_t lane_of_chat(int64_t chat_id)
{
	return lane_key(LANE_CHAT, chat_id);
}
