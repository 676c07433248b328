/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States that a drive under load can be in when something happens to it.
 */
#ifndef TESTS_QTEST_OCP_NVME_STORM_STATES_H
#define TESTS_QTEST_OCP_NVME_STORM_STATES_H

#include "qocpn-storm.h"

typedef struct StormState {
    const char *name;
    void (*enter)(QOcpnStorm *s);       /* the controller was just enabled */
    void (*leave)(QOcpnStorm *s);       /* what the host did is undone */
    bool few;                           /* completion queues are short */
    bool deletes;                       /* admin commands work */
    bool undone;                        /* ... once it is left */
    bool held;                          /* nothing completes until left ... */
    bool stalls;                        /* ... or at all */
    bool forbids;                       /* ... device_del */
    bool device;                        /* it ends with the device */
    bool throttle;                      /* needs a drive that can be held */
    bool chunks;                        /* short runs try it with chunks, too */
} StormState;

extern const StormState storm_states[];
extern const unsigned storm_nstates;

/* How long commands are late, in seconds. */
#define STORM_LATE  20

/* Can the drive of S get into ST, and is there time for it? */
bool storm_can(const QOcpnStorm *s, const StormState *st);

/* Another event: enable the drive with the queues that ST wants. */
void storm_begin(QOcpnStorm *s, const StormState *st);

/* Get into ST; then read what can be read while commands are in flight. */
void storm_enter(QOcpnStorm *s, const StormState *st);

/*
 * The queues are gone: what has completed was acknowledged, all else never
 * will be.
 */
void storm_all_lost(QOcpnStorm *s);

/* Until no sanitize operation goes on; the drive is enabled. */
void storm_until_sanitized(QOcpnStorm *s);

#endif
