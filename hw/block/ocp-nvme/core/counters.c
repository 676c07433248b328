/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the drive counts over its life: shards of the queues that run, of
 * those that ran, and what the image held at power on.
 * Implements: NVMe Base 2.0, "SMART / Health Information", its counters.
 */
#include <string.h>

#include "ctrl-int.h"

static uint64_t shard(const OcpnShard *s, OcpnCount which)
{
    return atomic_load_explicit(&s->n[which], memory_order_relaxed);
}

uint64_t ocpn_counter(const OcpnCtrl *c, OcpnCount which)
{
    uint64_t sum = c->past[which] + shard(&c->gone, which);

    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->cq[i]) {
            sum += shard(&c->cq[i]->count, which);
        }
    }
    return sum;
}

void ocpn_count_io(OcpnShard *s, const OcpnIo *io)
{
    if (io->op == OCPN_IO_READ) {
        ocpn_count(s, OCPN_COUNT_MEDIA_READ, io->len);
    } else if (io->op == OCPN_IO_WRITE) {
        ocpn_count(s, OCPN_COUNT_MEDIA_WRITTEN, io->len);
    }
}

uint64_t ocpn_power_cycles(const OcpnCtrl *c)
{
    return c->power_cycles;
}

uint64_t ocpn_unsafe_shutdowns(const OcpnCtrl *c)
{
    return c->unsafe_shutdowns;
}

uint64_t ocpn_power_on_seconds(const OcpnCtrl *c)
{
    uint64_t now = c->port.now(c->port.opaque);

    return c->power_on_past + (now - c->power_on_ns) / NS_PER_S;
}

/* An image that is still open was in use when its controller died. */
void ocpn_counters_load(OcpnCtrl *c, const uint8_t *payload)
{
    ImgCounters s;

    memcpy(&s, payload, sizeof(s));
    c->power_cycles = from_le64(s.power_cycles);
    c->was_open = s.open != 0;
    c->unsafe_shutdowns = from_le64(s.unsafe_shutdowns) + c->was_open;
    c->power_on_past = from_le64(s.power_on_seconds);
    c->past[OCPN_COUNT_READ_SECTORS] = from_le64(s.read_sectors);
    c->past[OCPN_COUNT_WRITTEN_SECTORS] = from_le64(s.written_sectors);
    c->past[OCPN_COUNT_READ_COMMANDS] = from_le64(s.read_commands);
    c->past[OCPN_COUNT_WRITE_COMMANDS] = from_le64(s.write_commands);
    c->past[OCPN_COUNT_BUSY_NS] = from_le64(s.busy_ns);
    c->past[OCPN_COUNT_MEDIA_ERRORS] = from_le64(s.media_errors);
    c->error_count = from_le64(s.error_count);
    ocpn_notices_set_count(c, from_le64(s.notifications));
}

void ocpn_counters_store(OcpnCtrl *c, uint8_t *payload, bool open)
{
    ImgCounters s = {
        .power_cycles = to_le64(c->power_cycles),
        .unsafe_shutdowns = to_le64(c->unsafe_shutdowns),
        .power_on_seconds = to_le64(ocpn_power_on_seconds(c)),
        .read_sectors = to_le64(ocpn_counter(c, OCPN_COUNT_READ_SECTORS)),
        .written_sectors =
            to_le64(ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS)),
        .read_commands = to_le64(ocpn_counter(c, OCPN_COUNT_READ_COMMANDS)),
        .write_commands =
            to_le64(ocpn_counter(c, OCPN_COUNT_WRITE_COMMANDS)),
        .busy_ns = to_le64(ocpn_counter(c, OCPN_COUNT_BUSY_NS)),
        .media_errors = to_le64(ocpn_counter(c, OCPN_COUNT_MEDIA_ERRORS)),
        .error_count = to_le64(ocpn_error_count(c)),
        .notifications = to_le64(ocpn_notices_count(c)),
        .open = open,
    };

    memcpy(payload, &s, sizeof(s));
}
