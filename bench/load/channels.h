/* A client of the client protocol, in JSON: it joins a channel, publishes, and checks line by line what it hears.
 * Knows the connections of client.h; what its functions are called for is the affair of the modes in load.c. */
#ifndef CHANNELS_H
#define CHANNELS_H

#include "client.h"

enum { MIN_DATA = 35 }; /* bytes of a publication's data: {"text":""} with when and whose in it */

void join_channel(struct connection *);
void take_lines(struct connection *, const uint8_t *piece, uint64_t length, bool last);
void queue_publication(struct connection *);
void publish_what_will_be_missed(void);
uint64_t count_unacknowledged(void);

#endif
