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
    const char *host, *path;
    int port, connections, publishers, window, depth, sources, pid;
    uint64_t size;
    double seconds, warmup, rate;
    bool deflate; /* offer compression; who agrees may compress, and messages are of JSON */
};
extern struct options options;

enum fault { NOT_CONNECTED, NOT_UPGRADED, CLOSED_EARLY, ILLEGAL_FRAME, WRONG_LENGTH, WRONG_MESSAGE, FAULTS };

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

enum stage { UNUSED, CONNECTING, UPGRADING, OPEN, CLOSED };

struct outbox {
    uint8_t *bytes;
    uint64_t start, end, capacity;
};

struct connection {
    int fd;
    uint32_t tag; /* its index: the sender's name inside a payload */
    enum stage stage;
    bool awaits_writable;
    int in_flight; /* own messages not yet seen again */
    uint64_t sent, received;
    uint32_t number; /* of the last pushed message */
    uint8_t status[12];
    unsigned head_length, terminator; /* of the upgrade's response: bytes read, bytes of the blank line matched */
    struct frame_reader reader;
    struct outbox out;
};
extern struct connection *connections;

/* What a mode does; a missing function means that there is nothing to do. */
struct mode {
    const char *name;
    void (*opened)(struct connection *);
    void (*begin)(struct connection *);
    void (*message)(struct connection *);
    void (*batch)(struct connection *); /* after all messages of one read */
    void (*tick)(void);                 /* each turn of the loop */
    void (*run)(void);
    bool spins;    /* the loop never sleeps: what is due goes out on time */
    bool everyone; /* a message comes back to every connection, not to its sender alone */
    bool pushed;   /* messages come by themselves, of any length, with the time and a running number at their head */
};
extern const struct mode *mode;

uint64_t clock_ns(void);
_Noreturn void die(const char *what);
void prepare_client(void);
void open_connection(struct connection *);
void end_connection(struct connection *);
bool open_all(void);
void queue_message(struct connection *, uint64_t time);
void flush(struct connection *);
void turn_for(double seconds);
void drain(void);
uint64_t count_faults(void);

#endif
