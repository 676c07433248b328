/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host of a further controller of the drive (subsys=nv0).
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_FURTHER_H
#define TESTS_QTEST_OCP_NVME_QOCPN_FURTHER_H

#include "qocpn.h"

/* It is in slot 5; for the member MORE of QOcpnSetup. */
#define QOCPN_FURTHER   "-device ocp-nvme,id=nv1,subsys=nv0,addr=05.0"

/*
 * Its host, in the machine of A, which stays A's: free with _further_free(),
 * and before A.  _attach() does not enable it; _new() does, with queue pair 1.
 */
QOcpn *qocpn_further_attach(QOcpn *a);
QOcpn *qocpn_further_new(QOcpn *a);
void qocpn_further_free(QOcpn *b);

/* A's machine has gone on as DST: B is there, and is not touched. */
void qocpn_further_go_on(QOcpn *b, QOcpn *dst);

/* Feature C5h of B; page C3h has the four VALUEs from byte 6 on. */
void qocpn_further_thresholds(QOcpn *b, const char value[4]);

#endif
