/* Why no collector takes events, as a word that programs can compare: collector.lost has it, and
 * `sekisho doctor`. Pure. */
#ifndef SEKISHO_TROUBLE_H
#define SEKISHO_TROUBLE_H

enum trouble {
	TROUBLE_NONE,
	TROUBLE_UNRESOLVED, /* the name has no address */
	TROUBLE_REFUSED, /* nobody listens there */
	TROUBLE_UNREACHABLE, /* the network does not lead there */
	TROUBLE_SILENT, /* no answer in time */
	TROUBLE_BROKEN, /* the connection ended */
	TROUBLE_TLS, /* no TLS, or none that we may use */
	TROUBLE_NAME, /* the collector's certificate: of another name, */
	TROUBLE_AUTHORITY, /* of another authority, */
	TROUBLE_EXPIRED, /* no longer valid, */
	TROUBLE_EARLY, /* not yet valid */
	TROUBLE_CERTIFICATE, /* the collector does not take ours */
	TROUBLE_PROTOCOL, /* what it says is not the protocol */
	TROUBLE_REJECTED, /* it does not take the events */
	TROUBLE_BUSY, /* it asks for time */
	TROUBLE_JOURNAL, /* the journal can't be read: not the collector's fault */
	TROUBLE_COUNT
};

/* What it means where TLS was well and the collector went before it answered anything: rsyslog does
 * that, without an alert, to a terminal whose certificate it minds. */
#define TROUBLE_UNANSWERED                                                                         \
	"the collector ended the connection without an answer: it may not take this terminal's "   \
	"certificate; see 'sekisho doctor collector'"

extern const char *const trouble_words[TROUBLE_COUNT];

/* What an -errno of a connection means where nothing more is known of it. */
enum trouble trouble_of_error(int error);

/* What OpenSSL's verification (X509_V_ERR_...) minded. */
enum trouble trouble_of_verification(long result);

/* What an error of OpenSSL's (ERR_peek_last_error) means for the connection. */
enum trouble trouble_of_tls(unsigned long error);

#endif
