/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 (IEEE 802.3, reflected) and SHA-256 (FIPS 180-4), written for being read. Not here: what is hashed. */
#include "plan/check/parts.h"

#define CRC_POLYNOMIAL 0xedb88320u
#define BLOCK UINT64_C(64)

static const uint32_t constants[64] = {
	0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
	0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
	0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
	0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
	0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
	0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
	0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
	0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u,
};

/* The remainder of each byte; made at every call, which costs nothing beside what it is used for. */
static void crc_table(uint32_t table[256])
{
	for (uint32_t byte = 0; byte < 256u; byte++) {
		uint32_t crc = byte;

		for (uint32_t bit = 0; bit < 8u; bit++) {
			crc = (crc >> 1) ^ (((crc & 1u) != 0u) ? CRC_POLYNOMIAL : 0u);
		}
		table[byte] = crc;
	}
}

uint32_t verify_crc32(const uint8_t *data, uint64_t size)
{
	uint32_t table[256];
	uint32_t crc = 0xffffffffu;

	crc_table(table);
	for (uint64_t i = 0; i < size; i++) {
		crc = (crc >> 8) ^ table[(crc ^ data[i]) & 0xffu];
	}
	return ~crc;
}

static uint32_t rotate(uint32_t value, uint32_t count)
{
	return (value >> count) | (value << (32u - count));
}

static void schedule(const uint8_t block[BLOCK], uint32_t words[64])
{
	for (uint32_t i = 0; i < 16u; i++) {
		const uint8_t *at = &block[UINT64_C(4) * i];

		words[i] = ((uint32_t)at[0] << 24) | ((uint32_t)at[1] << 16) | ((uint32_t)at[2] << 8) | at[3];
	}
	for (uint32_t i = 16; i < 64u; i++) {
		uint32_t near = words[i - 2u];
		uint32_t far = words[i - 15u];

		words[i] = words[i - 16u] + (rotate(far, 7) ^ rotate(far, 18) ^ (far >> 3)) + words[i - 7u] +
			   (rotate(near, 17) ^ rotate(near, 19) ^ (near >> 10));
	}
}

static void compress(uint32_t state[8], const uint8_t block[BLOCK])
{
	uint32_t words[64];
	uint32_t s[8];

	schedule(block, words);
	for (uint32_t i = 0; i < 8u; i++) {
		s[i] = state[i];
	}
	for (uint32_t i = 0; i < 64u; i++) {
		uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
		uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
		uint32_t first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice +
				 constants[i] + words[i];
		uint32_t second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;

		for (uint32_t j = 7; j > 0u; j--) {
			s[j] = s[j - 1u];
		}
		s[4] += first;
		s[0] = first + second;
	}
	for (uint32_t i = 0; i < 8u; i++) {
		state[i] += s[i];
	}
}

void verify_sha256_start(struct verify_sha256 *hash)
{
	*hash = (struct verify_sha256){.state = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au, 0x510e527fu,
						 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u}};
}

void verify_sha256_add(struct verify_sha256 *hash, const uint8_t *data, uint64_t size)
{
	uint64_t at = 0;

	while (at < size) {
		uint64_t filled = hash->size % BLOCK;
		uint64_t step = 1;

		if ((filled == 0u) && ((size - at) >= BLOCK)) {
			compress(hash->state, &data[at]); /* straight from the data while whole blocks are left */
			step = BLOCK;
		} else {
			hash->block[filled] = data[at];
			if (filled == (BLOCK - 1u)) {
				compress(hash->state, hash->block);
			}
		}
		hash->size += step;
		at += step;
	}
}

void verify_sha256_end(struct verify_sha256 *hash, uint8_t digest[VERIFY_DIGEST])
{
	uint64_t bits = hash->size * 8u;
	uint8_t padding[128] = {0};
	uint64_t length = ((2u * BLOCK) - 8u - (hash->size % BLOCK)) % BLOCK; /* up to the last 8 bytes of a block */

	length = (length == 0u) ? BLOCK : length;
	padding[0] = 0x80u;
	for (uint64_t i = 0; i < 8u; i++) {
		padding[length + i] = (uint8_t)((bits >> (56u - (8u * i))) & 0xffu);
	}
	verify_sha256_add(hash, padding, length + 8u);
	for (uint32_t i = 0; i < VERIFY_DIGEST; i++) {
		digest[i] = (uint8_t)((hash->state[i / 4u] >> (24u - (8u * (i % 4u)))) & 0xffu);
	}
}
