/* Tells when there may be more in a journal. */
#ifndef SEKISHO_JOURNAL_WATCH_H
#define SEKISHO_JOURNAL_WATCH_H

#define JOURNAL_WATCH_SETTLE_MS 20 /* a write under way is over by then */

/* A descriptor that can be polled for reading; the caller closes it. -errno. */
int journal_watch_open(const char *directory);

/* Waits until something was written and for a write under way. A signal ends it too, with 0; then
 * there may be nothing new. -ESTALE: the directory was moved or deleted. Other -errno. */
int journal_watch_wait(int watch);

#endif
