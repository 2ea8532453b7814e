/* The file that makes rsyslog a collector, put where rsyslog reads it. */
#ifndef SEKISHO_COLLECTOR_RSYSLOG_H
#define SEKISHO_COLLECTOR_RSYSLOG_H

#define RSYSLOG_FILE	"50-sekisho-collector.conf"
#define RSYSLOG_SHIPPED SEKISHO_SHARE "/" RSYSLOG_FILE
#define RSYSLOG_FOLDER	"/etc/rsyslog.d"

enum rsyslog_state {
	RSYSLOG_MADE,
	RSYSLOG_THERE, /* just as it would be made */
	RSYSLOG_OTHER, /* another content, which stays */
};

/* Puts @shipped, with the certificates in @directory, into @folder. -ENOTDIR if there is no such
 * folder, -ENOENT if there is no @shipped, -EINVAL for a directory that is not absolute or does not
 * stand in quotes; -errno. */
int rsyslog_install(const char *shipped, const char *directory, const char *folder,
		    enum rsyslog_state *ret_state);

#endif
