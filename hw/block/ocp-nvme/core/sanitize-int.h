/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sanitize operation, inside the core.  Main, all of it. */
#ifndef OCPN_SANITIZE_INT_H
#define OCPN_SANITIZE_INT_H

#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/core/sanitize.h"
#include "hw/ocp-nvme/core/state.h"

/* What comes next. */
typedef enum OcpnSanitizeStep {
    SANITIZE_REST,              /* nothing */
    SANITIZE_CHECK,             /* after power on: is it the same drive? */
    SANITIZE_CLOSE,             /* let nobody use a namespace */
    SANITIZE_WAIT,              /* until nobody does */
    SANITIZE_MEDIA,             /* the next piece */
    SANITIZE_TABLES,            /* chunk tables, marks */
    SANITIZE_NOTE,              /* they are in the image: so is its end */
    SANITIZE_END,               /* that is in the image */
} OcpnSanitizeStep;

/* Part of OcpnCtrl.  Cold. */
typedef struct OcpnSanitize {
    /* What the image has. */
    uint8_t  state;             /* NVME_SSTAT_, that of the most recent one */
    bool     failure;           /* and it is in the failure mode */
    bool     fails;             /* knob */
    uint16_t ms;                /* knob */
    uint32_t cdw10, cdw11;
    uint64_t done, total;       /* bytes, all passes */
    uint64_t written;           /* sectors hosts had written at its end */
    /* What it has not. */
    uint8_t  step;              /* OcpnSanitizeStep */
    bool     ready;             /* the images may be written */
    bool     busy;              /* IO is under way */
    bool     holds;             /* no namespace can be used */
    uint64_t next;              /* port->now(): not before it */
    OcpnIo  *io;
    uint8_t *pattern;           /* OCPN_SANITIZE_PIECE bytes */
} OcpnSanitize;

#define OCPN_SANITIZE_PIECE (1u << 20)

/* False: no memory.  All drives have it that have the command. */
bool ocpn_sanitize_init(OcpnCtrl *c);
void ocpn_sanitize_destroy(OcpnCtrl *c);
/* The images may be written from now on: go on with what power off cut. */
void ocpn_sanitize_power_on(OcpnCtrl *c);
/* The same, if they are to be loaded again first. */
void ocpn_sanitize_power_on_incoming(OcpnCtrl *c);

/* Begin what CDW10 and CDW11 say: it is in the image.  The host was told. */
void ocpn_sanitize_begin(OcpnCtrl *c);
/* That it begins could not be written: it has failed. */
void ocpn_sanitize_abandon(OcpnCtrl *c);
/* Half of it is done: a knob, or an injected error, lets it fail now. */
bool ocpn_sanitize_ends_badly(OcpnCtrl *c);
void ocpn_sanitize_tick(OcpnCtrl *c);       /* a row of timer.c */
void ocpn_sanitize_run(OcpnCtrl *c);

/* sanitize-state.c */
extern const OcpnStatePart ocpn_sanitize_part;  /* a row of state.c */
/* Gates by state. */
void ocpn_sanitize_gates(OcpnCtrl *c);
unsigned ocpn_sanitize_passes(const OcpnSanitize *s);
/* What is erased of NS: area INDEX, 0 or 1, of its image. */
OcpnExtent ocpn_sanitize_area(const OcpnNs *ns, unsigned index);
/* All bytes that one pass erases. */
uint64_t ocpn_sanitize_bytes(const OcpnCtrl *c);

/* chunks-sanitize.c: every chunk that was written becomes free, or worn. */
void ocpn_chunks_sanitize(OcpnNs *ns);
/* That is in the image: their maps. */
void ocpn_chunks_sanitized(OcpnNs *ns);

#endif
