/* SHA-1 of a short text (RFC 3174) and base64 (RFC 4648): what a WebSocket handshake needs, and nothing else. */
#ifndef SHA1_H
#define SHA1_H

#include <stdint.h>
#include <string.h>

static inline uint32_t rotate(uint32_t value, int bits)
{
    return value << bits | value >> (32 - bits);
}

static inline uint32_t sha1_mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
    if (round < 20)
        return ((b & c) | (~b & d)) + 0x5a827999;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ed9eba1;
    if (round < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

static inline void sha1_block(uint32_t state[5], const uint8_t *block)
{
    uint32_t words[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
                   block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t next = rotate(a, 5) + sha1_mix(i, b, c, d) + e + words[i];
        e = d, d = c, c = rotate(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* For texts of 56 to 119 bytes, which take two blocks: a key of 24 and the GUID of 36 are 60. */
static inline void sha1(const char *text, size_t length, uint8_t digest[20])
{
    uint8_t blocks[128] = {0};
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    memcpy(blocks, text, length);
    blocks[length] = 0x80;
    blocks[126] = (uint8_t)(length * 8 >> 8);
    blocks[127] = (uint8_t)(length * 8);
    sha1_block(state, blocks);
    sha1_block(state, blocks + 64);
    for (int i = 0; i < 20; i++)
        digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* 20 bytes to 28 characters and a final zero. */
static inline void base64(const uint8_t digest[20], char text[29])
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t padded[21] = {0};
    memcpy(padded, digest, 20);
    for (int i = 0; i < 7; i++) {
        uint32_t triple = (uint32_t)padded[3 * i] << 16 | (uint32_t)padded[3 * i + 1] << 8 | padded[3 * i + 2];
        for (int j = 0; j < 4; j++)
            text[4 * i + j] = DIGITS[triple >> (18 - 6 * j) & 63];
    }
    text[27] = '=';
    text[28] = 0;
}

#endif
