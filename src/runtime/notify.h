/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a service manager about the run (sd_notify(3), without the library). */
#ifndef BITTERN_RUNTIME_NOTIFY_H
#define BITTERN_RUNTIME_NOTIFY_H

/* Sends state ("READY=1", "STOPPING=1") to $NOTIFY_SOCKET; silently nothing without it. */
void notify_send(const char *state);

#endif
