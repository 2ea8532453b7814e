/* Where things lie on an installed terminal. Programs take other places as arguments for tests;
 * nothing takes them from the environment. */
#ifndef SEKISHO_PATHS_H
#define SEKISHO_PATHS_H

#ifndef SEKISHO_LIBEXEC
#define SEKISHO_LIBEXEC "/usr/libexec/sekisho"
#endif

#define SEKISHO_CONFIG	     "/etc/sekisho/sekisho.conf" /* drop-ins: sekisho.conf.d/NAME.conf */
#define SEKISHO_DEVICE_RULES "/etc/sekisho/devices.conf" /* drop-ins: devices.conf.d/NAME.conf */
#define SEKISHO_DISKS	     "/etc/sekisho/disks.conf" /* drop-ins: disks.conf.d/NAME.conf */
#define SEKISHO_JOURNAL_CONF "/etc/sekisho/journal.conf" /* drop-ins: journal.conf.d/NAME.conf */
#define SEKISHO_LSM_CONF     "/etc/sekisho/lsm.conf" /* drop-ins: lsm.conf.d/NAME.conf */
#define SEKISHO_ROSTER	     "/etc/sekisho/roster"
#define SEKISHO_SUBSTITUTES  "/etc/sekisho/substitutes" /* who may vouch by telephone, for whom */
#define SEKISHO_OPERATORS    "/etc/sekisho/operators" /* of shared accounts */
#define SEKISHO_JOURNAL	     "/var/lib/sekisho/journal" /* sekisho:sekisho-audit 2750 */
#define SEKISHO_RECEIPT	     "/var/lib/sekisho/receipt" /* root 0644: what the collector verified */
#define SEKISHO_FETCHED	     "/var/lib/sekisho/letters/receipt" /* the same, of sekisho's own */
#define SEKISHO_REVOCATIONS  "/var/lib/sekisho/revocations" /* sekisho 0755 */
#define SEKISHO_SEAL	     "/var/lib/sekisho/seal/seal.key" /* directory: sekisho 0700 */
#define SEKISHO_SEAL_PUBLIC  "/etc/sekisho/seal.pub" /* what checks it */
#define SEKISHO_AUTH_STATE   "/var/lib/sekisho/auth" /* sekisho-auth 0700: counters, spool */
#define SEKISHO_FORWARD	     "/var/lib/sekisho/forward" /* sekisho-log 0700 */
#define SEKISHO_FORWARD_RUN  "/run/sekisho-forward" /* sekisho-log 0755 */
#define SEKISHO_MIRROR_RUN   "/run/sekisho-mirror" /* sekisho-mirror's, 0755 */
#define SEKISHO_COLLECTOR_CONF                                                                     \
	"/etc/sekisho/collector.conf" /* drop-ins: collector.conf.d/NAME.conf */
#define SEKISHO_AUTH_SOCKET   "/run/sekisho/auth.sock" /* systemd's, 0666 */
#define SEKISHO_RECORD_SOCKET "/run/sekisho/record.sock" /* systemd's, for sekishod, 0660 */
#define SEKISHO_RECORD_RESTRICTED_SOCKET                                                           \
	"/run/sekisho/record-restricted.sock" /* the same, for the forwarder */
#define SEKISHO_CONTROL_SOCKET "/run/sekisho/control.sock" /* systemd's, for sekishod, 0660 */
#define SEKISHO_REFUSALS_SOCKET                                                                    \
	"/run/sekisho/refusals.sock" /* systemd's, for sekishod, 0666: anybody asks of his own */
#define SEKISHO_PRIV_SOCKET	"/run/sekisho/priv.sock" /* systemd's, for sekisho-priv, 0600 */
#define SEKISHO_ATTEMPTS_SOCKET "/run/sekisho/attempts.sock" /* systemd's, for sekisho-lsm */
#define SEKISHO_CHALLENGE_SOCKET                                                                   \
	"/run/sekisho/challenge.sock" /* systemd's, for sekisho-challenge, 0600 */
#define SEKISHO_PRESENCE      "/run/sekisho-presence" /* sekisho-auth 0770: lib/loginnote.h */
#define SEKISHO_PRESENCE_RUN  "/run/sekisho-watch" /* sekisho-presence 0700: whom it watches */
#define SEKISHO_OPERATORS_NOW "/run/sekisho-operators" /* sekisho-auth 0755: lib/operatornote.h */
#define SEKISHO_LOCK_SOCKET   "/run/sekisho/lock.sock" /* systemd's, for sekisho-lock, 0600 */
#define SEKISHO_READY	      "/run/sekishod/ready" /* there while sekishod judges */
#define SEKISHO_REFUSED	      "/run/sekishod/refused" /* written to when something was refused */

#endif
