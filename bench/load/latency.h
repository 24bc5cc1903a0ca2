/* A histogram of times in microseconds: exact below 64 us, then 64 steps an octave (an error under 1.6 %).
 * It never allocates and never saturates; it knows nothing of sockets. */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>
#include <string.h>

enum { STEPS = 64, OCTAVES = 40 };

struct latency {
    uint64_t counts[STEPS * OCTAVES];
    uint64_t total;
};

static inline unsigned latency_step(uint64_t us)
{
    if (us < STEPS)
        return (unsigned)us;
    unsigned octave = 57 - (unsigned)__builtin_clzll(us); /* how far to shift, so that 64..127 is left */
    if (octave > OCTAVES - 2)
        return STEPS * OCTAVES - 1;
    return STEPS * octave + (unsigned)(us >> octave);
}

static inline void latency_record(struct latency *latency, uint64_t us)
{
    latency->counts[latency_step(us)]++;
    latency->total++;
}

static inline void latency_reset(struct latency *latency)
{
    memset(latency, 0, sizeof *latency);
}

/* The lower edge of the step in which the given share (0..1) of all times is reached. */
static inline uint64_t latency_percentile(const struct latency *latency, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)latency->total), seen = 0;
    for (unsigned step = 0; step < STEPS * OCTAVES; step++) {
        seen += latency->counts[step];
        if (seen > wanted || (seen && seen == latency->total))
            return step < STEPS ? step : (uint64_t)(STEPS + step % STEPS) << (step / STEPS - 1);
    }
    return 0;
}

#endif
