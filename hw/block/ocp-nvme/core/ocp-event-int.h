/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry's event FIFOs: rings of what happened, and commands that failed in
 * other threads.
 */
#ifndef OCPN_OCP_EVENT_INT_H
#define OCPN_OCP_EVENT_INT_H

#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/spec/ocp-telemetry.h"
#include "telemetry-int.h"

typedef enum OcpnFifoId {
    OCPN_FIFO_CTRL, OCPN_FIFO_MEDIA, OCPN_FIFO_COMMANDS, OCPN_FIFO_DRIVE,
    OCPN_NFIFOS
} OcpnFifoId;

#define OCPN_FIFO_EVENTS    128u    /* the newest of each */
#define OCPN_EVENT_MAX      16u     /* bytes of one, its data included */
/* A FIFO in a data area; class 0 ends it. */
#define OCPN_FIFO_SIZE      (OCPN_FIFO_EVENTS * OCPN_EVENT_MAX + 4)

typedef struct OcpnFifoEntry {
    uint8_t size;
    uint8_t bytes[OCPN_EVENT_MAX];
} OcpnFifoEntry;

typedef struct OcpnFifo {
    uint64_t n;                 /* entries ever */
    uint64_t stamp;             /* port->now() of its newest timestamp */
    OcpnFifoEntry entry[OCPN_FIFO_EVENTS];  /* by n */
} OcpnFifo;

/* Member of OcpnCtrl: rings; cold. */
typedef struct OcpnOcpEvents {
    OcpnFifo fifo[OCPN_NFIFOS];
} OcpnOcpEvents;

/* An event as core/ocp-event-rows.c describes it. */
typedef struct OcpnEventRow {
    uint8_t     what;           /* OcpnHappening */
    uint8_t     fifo;           /* OcpnFifoId */
    uint8_t     class;          /* enum OcpEventClass */
    uint16_t    id;
    uint8_t     dwords;         /* of data */
    const char *name;           /* vendor specific ones: in LID C9h */
    /* Is it this row's event?  NULL: always. */
    bool      (*when)(const OcpnCtrl *c, uint64_t a, uint64_t b);
    /* Its data into zeroed bytes. */
    void      (*data)(OcpnCtrl *c, const struct OcpnEventRow *row, uint64_t a,
                      uint64_t b, uint8_t *data);
} OcpnEventRow;

/* By ascending class and id where they have a name. */
extern const OcpnEventRow ocpn_event_rows[];
extern const size_t ocpn_nevent_rows;

/* Names of what vendors add to events of OCP's classes; ascending. */
typedef struct OcpnEventExtra {
    uint8_t     class;
    uint16_t    id;
    const char *name;
} OcpnEventExtra;
extern const OcpnEventExtra ocpn_event_extras[];
extern const size_t ocpn_nevent_extras;

/* At most 15 characters, and the data area that has it. */
const char *ocpn_fifo_name(unsigned fifo);
unsigned ocpn_fifo_area(unsigned fifo);

/* A listener: a row of core/happen.c. */
void ocpn_ocp_events(OcpnCtrl *c, OcpnHappening what, uint64_t a, uint64_t b);
/* FIFO as a data area has it, the oldest first; false: there is no room. */
bool ocpn_fifo_fill(OcpnCtrl *c, unsigned fifo, OcpnFill *f);
/* The time, as Feature 0Eh returns it. */
void ocpn_fifo_timestamp(OcpnCtrl *c, uint8_t t[8]);

/* failure.c: commands that failed, on their way to main. */
#define OCPN_NFAILURES      64u
typedef struct OcpnFailure {
    uint64_t what, how;         /* as OCPN_HAP_COMMAND_FAILED has them */
} OcpnFailure;

/* Member of OcpnCtrl. */
typedef struct OcpnFailures {
    OcpnLock lock;              /* of the rest; a leaf */
    uint32_t n;
    uint64_t lost;              /* there was no room */
    OcpnFailure failure[OCPN_NFAILURES];
} OcpnFailures;

/* Any owner thread: R has failed; main shall tell. */
void ocpn_failure_add(OcpnCtrl *c, const OcpnReq *r);
/* Main. */
void ocpn_failures_run(OcpnCtrl *c);
uint64_t ocpn_failures_lost(OcpnCtrl *c);

#endif
