/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of the device state, as a hostile image would have them. */
#ifndef TESTS_UNIT_STATE_UNIT_H
#define TESTS_UNIT_STATE_UNIT_H

#include "fakes/host.h"
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/spec/image.h"
#include "ocpn-unit.h"

/*
 * HOW changes the 4064 bytes of state page INDEX, in both of its slots; their
 * checksums are right again.  How many slots there were.
 */
static inline unsigned state_change(FakeHost *h, uint32_t index,
                                    void (*how)(uint8_t *payload))
{
    FakeMedia *m = &h->f.media[1];
    unsigned n = 0;

    for (uint64_t at = 0; at + 4096 <= m->size; at += 4096) {
        uint8_t *b = m->bytes + at;

        if (bytes_at(b, 4) == IMG_PAGE_MAGIC &&
            bytes_at(b + 4, 4) == IMG_REGION_STATE &&
            bytes_at(b + 8, 4) == index) {
            how(b + 32);
            image_reseal(b, PAGE_CRC);
            n++;
        }
    }
    return n;
}

#endif
