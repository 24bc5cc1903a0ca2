/* WebSocket frames on the client's side: a reader fed with bytes as they come, and ready-made masked frames to send.
 * The reader copies no payload but the first bytes (and whole control frames), so that any frame may be cut anywhere
 * and a connection costs the same whatever it reads. Knows nothing of sockets, clocks or modes. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OP_CONTINUATION = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };
enum { STAMP = 11, TAG = 4, PREFIX = STAMP + TAG, MAX_CONTROL = 125, MAX_HEADER = 14 };

/* ------------------------------------------------------------------ reading */

struct frame_reader {
    uint8_t header[10], header_length;
    uint8_t opcode;
    bool final, in_payload;
    bool in_message;              /* a fragment was read and its message is not whole yet */
    bool may_compress;            /* we have offered it */
    bool compressed;              /* the message is: its payload cannot be looked into */
    uint64_t payload_length, payload_left;
    uint64_t message_length;      /* over all fragments */
    uint8_t prefix[PREFIX];       /* the first bytes of the message, when message_length >= PREFIX */
    uint8_t control[MAX_CONTROL]; /* the payload of a control frame */
    const uint8_t *piece;         /* what the last read took of a message's payload, where it lies */
    uint64_t piece_length;
};

enum reading { NEED_MORE, GOT_MESSAGE, GOT_CONTROL, GOT_FRAGMENT, BROKEN };

static inline uint64_t big_endian(const uint8_t *at, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value << 8 | at[i];
    return value;
}

static inline unsigned header_size(const uint8_t *header)
{
    unsigned length = header[1] & 127;
    return length < 126 ? 2 : length == 126 ? 4 : 10;
}

/* RFC 6455 5.1 and 5.2: a server's frame has no mask, and no reserved bit but one that was agreed on: RSV1 on the first
 * frame of a message (RFC 7692 6). */
static inline bool header_is_legal(const struct frame_reader *reader)
{
    bool control = reader->opcode >= OP_CLOSE, fragment = reader->opcode == OP_CONTINUATION;
    bool marked = reader->header[0] & 0x40, clean = !(reader->header[0] & 0x30) && !(reader->header[1] & 0x80);
    if (marked && (control || fragment || !reader->may_compress))
        return false;
    if (control)
        return clean && reader->final && reader->payload_length <= MAX_CONTROL && reader->opcode <= OP_PONG;
    return clean && reader->opcode <= OP_BINARY && fragment == reader->in_message;
}

static inline void take_header(struct frame_reader *reader)
{
    unsigned size = header_size(reader->header);
    reader->final = reader->header[0] & 0x80;
    reader->opcode = reader->header[0] & 15;
    reader->payload_length = size == 2 ? reader->header[1] & 127 : big_endian(reader->header + 2, size - 2);
    reader->payload_left = reader->payload_length;
    reader->header_length = 0;
    reader->in_payload = true;
    if (reader->opcode == OP_TEXT || reader->opcode == OP_BINARY)
        reader->compressed = reader->header[0] & 0x40;
}

/* Collects header bytes; true once the header is whole. */
static inline bool read_header(struct frame_reader *reader, const uint8_t **at, const uint8_t *end)
{
    while (*at < end) {
        reader->header[reader->header_length++] = *(*at)++;
        if (reader->header_length >= 2 && reader->header_length == header_size(reader->header)) {
            take_header(reader);
            return true;
        }
    }
    return false;
}

static inline void keep_prefix(struct frame_reader *reader, const uint8_t *data, uint64_t count)
{
    if (reader->message_length >= PREFIX)
        return;
    uint64_t room = PREFIX - reader->message_length;
    memcpy(reader->prefix + reader->message_length, data, count < room ? count : room);
}

/* Takes what is there of the payload; true once the payload is whole. */
static inline bool read_payload(struct frame_reader *reader, const uint8_t **at, const uint8_t *end)
{
    uint64_t there = (uint64_t)(end - *at), count = there < reader->payload_left ? there : reader->payload_left;
    if (reader->opcode >= OP_CLOSE) {
        memcpy(reader->control + reader->payload_length - reader->payload_left, *at, count);
    } else {
        keep_prefix(reader, *at, count);
        reader->message_length += count;
        reader->piece = *at;
        reader->piece_length = count;
    }
    reader->payload_left -= count;
    *at += count;
    return !reader->payload_left;
}

/* Reads up to the end of one frame and says what it was. After GOT_MESSAGE the caller sets message_length to 0. */
static inline enum reading read_frame(struct frame_reader *reader, const uint8_t **at, const uint8_t *end)
{
    reader->piece_length = 0;
    if (!reader->in_payload) {
        if (!read_header(reader, at, end))
            return NEED_MORE;
        if (!header_is_legal(reader))
            return BROKEN;
    }
    if (!read_payload(reader, at, end))
        return NEED_MORE;
    reader->in_payload = false;
    if (reader->opcode >= OP_CLOSE)
        return GOT_CONTROL;
    reader->in_message = !reader->final;
    return reader->final ? GOT_MESSAGE : GOT_FRAGMENT;
}

/* ------------------------------------------------------------------ writing */

static const uint8_t MASK[4] = {0x5a, 0xc3, 0x99, 0x17};

static inline void apply_mask(uint8_t *payload, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        payload[i] ^= MASK[i & 3];
}

/* Writes the header of a masked, final frame; returns its length. */
static inline unsigned write_header(uint8_t *out, uint8_t opcode, uint64_t length)
{
    unsigned at = 2, extra = length < 126 ? 0 : length < 65536 ? 2 : 8;
    out[0] = 0x80 | opcode;
    out[1] = 0x80 | (uint8_t)(extra == 0 ? length : extra == 2 ? 126 : 127);
    for (unsigned i = extra; i--;)
        out[at++] = (uint8_t)(length >> (8 * i));
    memcpy(out + at, MASK, sizeof MASK);
    return at + (unsigned)sizeof MASK;
}

/* One whole text frame of `size` bytes of payload, of which only stamp and tag change from message to message. */
struct frame_template {
    uint8_t *bytes;
    uint64_t length;
    unsigned header;
};

/* Rows as a feed has them: as repetitive as JSON is, and no more. */
static inline void fill_json(uint8_t *out, uint64_t size)
{
    static const char *const NAMES[] = {"copper", "zinc", "tin", "nickel", "lead"};
    char row[96];
    uint32_t number = 1;
    for (uint64_t at = 0; at < size;) {
        number = number * 1664525u + 1013904223u;
        uint64_t length = (uint64_t)snprintf(row, sizeof row, "{\"id\": %u, \"name\": \"%s\", \"price\": %u.%02u}, ",
                                             number >> 12, NAMES[number % 5], number % 977, number % 97);
        memcpy(out + at, row, length < size - at ? length : size - at);
        at += length;
    }
}

static inline struct frame_template make_template(uint64_t size, bool json)
{
    struct frame_template made = {.bytes = malloc(MAX_HEADER + size)};
    made.header = write_header(made.bytes, OP_TEXT, size);
    made.length = made.header + size;
    memset(made.bytes + made.header, 'x', size);
    if (json)
        fill_json(made.bytes + made.header, size);
    apply_mask(made.bytes + made.header, 0, size);
    return made;
}

/* ------------------------------------------------------------------ stamps: when and whose, as printable text */

static inline void write_digits(uint8_t *out, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++, value >>= 6)
        out[i] = (uint8_t)('0' + (value & 63));
}

static inline uint64_t read_digits(const uint8_t *at, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = count; i--;)
        value = value << 6 | (uint64_t)((at[i] - '0') & 63);
    return value;
}

/* Puts the time (ns) and the sender's tag at the head of an unmasked payload and masks these bytes. */
static inline void stamp_payload(uint8_t *payload, uint64_t time, uint32_t tag)
{
    write_digits(payload, time, STAMP);
    write_digits(payload + STAMP, tag, TAG);
    apply_mask(payload, 0, PREFIX);
}

#endif
