/* The names of a collector and of its terminals. */
#ifndef SEKISHO_COLLECTOR_NAME_H
#define SEKISHO_COLLECTOR_NAME_H

#define NAME_MAX_HOST  253 /* characters, RFC 1035 */
#define NAME_MAX_LABEL 63

/* The domain that no name server knows; the collector lets nobody else in. */
#define NAME_TERMINAL_DOMAIN "terminal.sekisho.internal"
/* That of the names which it has to refuse. */
#define NAME_STRANGER_DOMAIN "stranger.sekisho.internal"

/* One label of a DNS name: lower-case letters, digits, hyphens inside. NULL if @text is one, else
 * what is wrong with it, for a person. A word of the command line is none. Pure. */
const char *name_wrong_terminal(const char *text);

/* Labels with dots between them; no address. The same. Pure. */
const char *name_wrong_host(const char *text);

#endif
