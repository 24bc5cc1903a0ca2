/* The client protocol's frames: see channels.h. */
#define _GNU_SOURCE
#include "channels.h"

enum { TIME_DIGITS = 16, TAG_DIGITS = 8, STAMP_DIGITS = TIME_DIGITS + TAG_DIGITS, AROUND_TEXT = 11 };
enum { MAX_POSITION = 128, MAX_COMMAND = 512, CONNECT_ID = 1, SUBSCRIBE_ID = 2 };
static const double PREPARE_SECONDS = 5;

_Static_assert(MIN_DATA == AROUND_TEXT + STAMP_DIGITS, "what is least is the stamp and what stands around it");

/* Where newcomers recover from, as members of a subscribe command; empty where nothing is missed. */
static char position[MAX_POSITION];
static bool is_preparing;

/* ------------------------------------------------------------------ stamps that a JSON string can hold */

static void write_letters(char *out, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++, value >>= 4)
        out[i] = (char)('A' + (value & 15));
}

static uint64_t read_letters(const uint8_t *at, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = count; i--;)
        value = value << 4 | (uint64_t)((at[i] - 'A') & 15);
    return value;
}

/* ------------------------------------------------------------------ what is said */

/* Both commands in one frame, as the SDKs send them. */
void join_channel(struct connection *connection)
{
    char frame[MAX_COMMAND];
    int length = snprintf(frame, sizeof frame,
                          "{\"id\":%d,\"connect\":{}}\n{\"id\":%d,\"subscribe\":{\"channel\":\"%s\"%s}}", CONNECT_ID,
                          SUBSCRIBE_ID, options.channel, position);
    connection->member.id = SUBSCRIBE_ID;
    queue_text(connection, frame, (uint64_t)length);
    flush(connection);
}

void queue_publication(struct connection *connection)
{
    static char *text;
    if (!text && !(text = malloc(MAX_COMMAND + options.size)))
        die("malloc");
    uint64_t rest = options.size - MIN_DATA;
    int at = snprintf(text, MAX_COMMAND, "{\"id\":%u,\"publish\":{\"channel\":\"%s\",\"data\":{\"text\":\"",
                      ++connection->member.id, options.channel);
    write_letters(text + at, now, TIME_DIGITS);
    write_letters(text + at + TIME_DIGITS, connection->tag, TAG_DIGITS);
    memset(text + at + STAMP_DIGITS, 'x', rest);
    memcpy(text + at + STAMP_DIGITS + rest, "\"}}}", 4);
    queue_text(connection, text, (uint64_t)at + STAMP_DIGITS + rest + 4);
    connection->in_flight++;
    connection->sent++;
    counted.sent++;
    counted.expected += mode->everyone ? (uint64_t)options.connections : 1;
}

/* ------------------------------------------------------------------ what is heard */

static const uint8_t *find(const uint8_t *line, uint64_t length, const char *words)
{
    return memmem(line, length, words, strlen(words));
}

static bool begins_with(const uint8_t *line, uint64_t length, const char *words)
{
    uint64_t count = strlen(words);
    return length >= count && !memcmp(line, words, count);
}

/* The text in the data. A server writes its pushes alike: it is looked for where it was the last time. */
static const uint8_t *find_text(const uint8_t *line, uint64_t length)
{
    static const char DATA[] = "\"data\":{\"text\":\"";
    static uint64_t before;
    if (length <= before || !begins_with(line + before, length - before, DATA)) {
        const uint8_t *found = find(line, length, DATA);
        if (!found)
            return 0;
        before = (uint64_t)(found - line);
    }
    return line + before + sizeof DATA - 1;
}

static uint64_t read_number(const uint8_t *at, const uint8_t *end)
{
    uint64_t value = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    return value;
}

/* The publication's offset stands last in its push, or somewhere in it; 0 where it has none. */
static uint64_t find_offset(const uint8_t *line, uint64_t length)
{
    static const char OFFSET[] = "\"offset\":";
    const uint8_t *end = line + length, *at = end;
    while (at > line && at[-1] == '}')
        at--;
    while (at > line && at[-1] >= '0' && at[-1] <= '9')
        at--;
    uint64_t before = sizeof OFFSET - 1;
    if ((uint64_t)(at - line) >= before && !memcmp(at - before, OFFSET, before))
        return read_number(at, end);
    const uint8_t *found = find(line, length, OFFSET);
    return found ? read_number(found + before, end) : 0;
}

/* Nothing is left out, and nothing comes twice: where there are offsets, each is the one behind the last. */
static bool is_in_order(struct member *member, uint64_t offset)
{
    bool good = !member->was_told || (member->offset ? offset == member->offset + 1 : !offset);
    member->was_told = true;
    member->offset = offset;
    return good;
}

static enum fault fault_in(struct connection *connection, const uint8_t *text, const uint8_t *line, uint64_t length)
{
    uint64_t left = (uint64_t)(line + length - text), size = options.size - AROUND_TEXT;
    uint64_t publisher = left > size ? read_letters(text + TIME_DIGITS, TAG_DIGITS) : 0;
    if (left <= size || text[size] != '"')
        return WRONG_LENGTH;
    if (publisher >= (uint64_t)options.publishers || !is_in_order(&connection->member, find_offset(line, length)))
        return WRONG_MESSAGE;
    connection->in_flight -= publisher == connection->tag;
    return FAULTS;
}

static void take_push(struct connection *connection, const uint8_t *line, uint64_t length)
{
    const uint8_t *text = find_text(line, length);
    if (!text) {
        counted.faults[WRONG_MESSAGE]++;
        return;
    }
    enum fault fault = fault_in(connection, text, line, length);
    counted.received++;
    connection->received++;
    if (fault != FAULTS) {
        counted.faults[fault]++;
        return;
    }
    uint64_t sent_at = read_letters(text, TIME_DIGITS);
    if (measuring)
        latency_record(&latency, now > sent_at ? (now - sent_at) / 1000 : 0);
}

static void keep_position(const uint8_t *line, uint64_t length)
{
    static const char EPOCH[] = "\"epoch\":\"";
    const uint8_t *epoch = find(line, length, EPOCH), *quote = 0;
    if (epoch) {
        epoch += sizeof EPOCH - 1;
        quote = memchr(epoch, '"', (size_t)(line + length - epoch));
    }
    if (!quote || quote - epoch > MAX_POSITION / 2)
        die("a channel whose position can be recovered is needed for --missed");
    snprintf(position, sizeof position, ",\"recover\":true,\"epoch\":\"%.*s\",\"offset\":%llu", (int)(quote - epoch), epoch,
             (unsigned long long)find_offset(line, length));
}

static int count_recovered(const uint8_t *line, uint64_t length)
{
    int count = 0;
    const uint8_t *end = line + length;
    for (const uint8_t *at = line; (at = find(at, (uint64_t)(end - at), "\"data\":")); at++)
        count++;
    return find(line, length, "\"recovered\":true") ? count : 0;
}

static void take_joined(struct connection *connection, const uint8_t *line, uint64_t length)
{
    if (is_preparing) {
        keep_position(line, length);
        connection->stage = OPEN;
        counted.open++;
    } else if (options.missed && count_recovered(line, length) != options.missed) {
        fail(connection, WRONG_MESSAGE);
    } else {
        has_opened(connection);
    }
}

static void refuse(struct connection *connection, const uint8_t *line, uint64_t length)
{
    if (!counted.faults[REFUSED])
        fprintf(stderr, "load: refused: %.*s\n", (int)length, line);
    fail(connection, REFUSED);
}

/* Replies come in the order of the commands: connect, subscribe, then one for each publication. */
static void take_reply(struct connection *connection, const uint8_t *line, uint64_t length)
{
    if (find(line, length, "\"error\":"))
        refuse(connection, line, length);
    else if (connection->stage == OPEN && find(line, length, "\"publish\":{"))
        connection->acknowledged++;
    else if (connection->stage == JOINING && find(line, length, "\"subscribe\":{"))
        take_joined(connection, line, length);
    else if (connection->stage == OPEN || !find(line, length, "\"connect\":{"))
        counted.faults[WRONG_MESSAGE]++;
}

static void take_line(struct connection *connection, const uint8_t *line, uint64_t length)
{
    if (begins_with(line, length, "{\"push\":")) {
        take_push(connection, line, length);
    } else if (begins_with(line, length, "{\"id\":")) {
        take_reply(connection, line, length);
    } else if (length == 2 && !memcmp(line, "{}", 2)) {
        queue_text(connection, "{}", 2);
        flush(connection);
    } else {
        counted.faults[WRONG_MESSAGE]++;
    }
}

static void keep(struct outbox *line, const uint8_t *bytes, uint64_t count)
{
    memcpy(reserve(line, count), bytes, count);
}

/* A line is looked at where it lies; it is copied only where it is cut. */
void take_lines(struct connection *connection, const uint8_t *piece, uint64_t length, bool last)
{
    struct outbox *begun = &connection->member.line;
    while (connection->stage != CLOSED && (length || (last && begun->end))) {
        const uint8_t *newline = length ? memchr(piece, '\n', length) : 0;
        uint64_t count = newline ? (uint64_t)(newline - piece) : length, used = count + (newline != 0);
        bool is_whole = newline || last;
        if (begun->end || !is_whole)
            keep(begun, piece, count);
        if (is_whole && begun->end) {
            take_line(connection, begun->bytes, begun->end);
            begun->end = 0;
        } else if (is_whole) {
            take_line(connection, piece, count);
        }
        piece += used;
        length -= used;
    }
}

/* ------------------------------------------------------------------ what newcomers have missed */

static bool turn_until_acknowledged(struct connection *connection)
{
    uint64_t end = clock_ns() + (uint64_t)(PREPARE_SECONDS * 1e9);
    while (clock_ns() < end && !count_faults() && (connection->stage != OPEN || connection->acknowledged < connection->sent))
        turn_for(0.001);
    return connection->stage == OPEN && connection->acknowledged == connection->sent;
}

/* The first connection joins, publishes, and goes: from now on those who join recover that. */
void publish_what_will_be_missed(void)
{
    struct connection *first = &connections[0];
    is_preparing = true;
    open_connection(first);
    if (turn_until_acknowledged(first)) {
        for (int i = 0; i < options.missed; i++)
            queue_publication(first);
        flush(first);
        turn_until_acknowledged(first);
        drain();
        end_connection(first);
    }
    is_preparing = false;
}

uint64_t count_unacknowledged(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < options.connections; i++)
        sum += connections[i].sent - connections[i].acknowledged;
    return sum;
}
