/* The client's connections and the loop that serves them: open, upgrade, send, receive, check. What is done with a
 * message is the mode's affair (load.c); nothing here knows one mode from another. */
#ifndef CLIENT_H
#define CLIENT_H

#include "frames.h"
#include "latency.h"

#include <stdbool.h>
#include <stdint.h>

/* ------------------------------------------------------------------ what is asked for, what is counted */

struct options {
    const char *host, *path, *channel;
    int port, connections, publishers, window, depth, sources, pid, missed;
    uint64_t size;
    double seconds, warmup, rate;
    bool deflate; /* offer compression; who agrees may compress, and messages are of JSON */
};
extern struct options options;

enum fault { NOT_CONNECTED, NOT_UPGRADED, CLOSED_EARLY, ILLEGAL_FRAME, WRONG_LENGTH, WRONG_MESSAGE, REFUSED, FAULTS };

struct counted {
    uint64_t faults[FAULTS];
    uint64_t received; /* messages; in `connect`, whole handshakes */
    uint64_t expected; /* how many of them must come, all connections together */
    uint64_t sent;
    int open;
};
extern struct counted counted;

extern struct latency latency;
extern bool measuring; /* between warm-up and end: only then are latencies recorded */
extern bool sending;   /* off while the last messages drain */
extern uint64_t now;   /* ns; read once a wake-up: when the bytes that it brings count as arrived */

/* ------------------------------------------------------------------ connections */

enum stage { UNUSED, CONNECTING, UPGRADING, JOINING, OPEN, CLOSED };

struct outbox {
    uint8_t *bytes;
    uint64_t start, end, capacity;
};

/* A client of the client protocol. */
struct member {
    uint32_t id;           /* of its last command */
    uint64_t offset;       /* of the last publication that it has heard; 0 before the first */
    bool was_told;         /* it has heard one */
    struct outbox line;    /* the beginning of a line whose end has not come */
};

struct connection {
    int fd;
    uint32_t tag; /* its index: the sender's name inside a payload */
    enum stage stage;
    bool awaits_writable;
    int in_flight; /* own messages not yet seen again */
    uint64_t sent, received;
    uint64_t acknowledged; /* of its publications, by a reply */
    uint32_t number; /* of the last pushed message */
    uint8_t status[12];
    unsigned head_length, terminator; /* of the upgrade's response: bytes read, bytes of the blank line matched */
    struct frame_reader reader;
    struct outbox out;
    struct member member;
};
extern struct connection *connections;

/* What a mode does; a missing function means that there is nothing to do. */
struct mode {
    const char *name;
    void (*opened)(struct connection *);
    void (*joining)(struct connection *); /* upgraded, and not open before it has joined */
    void (*text)(struct connection *, const uint8_t *, uint64_t, bool); /* a piece of a message, perhaps its last */
    void (*begin)(struct connection *);
    void (*message)(struct connection *);
    void (*batch)(struct connection *); /* after all messages of one read */
    void (*tick)(void);                 /* each turn of the loop */
    void (*run)(void);
    bool spins;    /* the loop never sleeps: what is due goes out on time, and no server pays for waking it */
    bool everyone; /* a message comes back to every connection, not to its sender alone */
    bool pushed;   /* messages come by themselves, of any length, with the time and a running number at their head */
};
extern const struct mode *mode;

uint64_t clock_ns(void);
_Noreturn void die(const char *what);
void prepare_client(void);
void open_connection(struct connection *);
void has_opened(struct connection *);
void fail(struct connection *, enum fault);
void end_connection(struct connection *);
bool open_all(void);
void queue_message(struct connection *, uint64_t time);
void queue_text(struct connection *, const char *text, uint64_t length);
uint8_t *reserve(struct outbox *, uint64_t count);
void flush(struct connection *);
void turn_for(double seconds);
void drain(void);
uint64_t count_faults(void);

#endif
