#include "trouble.h"

#include "cleanup.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

const char *const trouble_words[TROUBLE_COUNT] = {
	[TROUBLE_NONE] = "",
	[TROUBLE_UNRESOLVED] = "unresolved",
	[TROUBLE_REFUSED] = "refused",
	[TROUBLE_UNREACHABLE] = "unreachable",
	[TROUBLE_SILENT] = "silent",
	[TROUBLE_BROKEN] = "broken",
	[TROUBLE_TLS] = "tls",
	[TROUBLE_NAME] = "tls-name",
	[TROUBLE_AUTHORITY] = "tls-authority",
	[TROUBLE_EXPIRED] = "expired",
	[TROUBLE_EARLY] = "not-yet-valid",
	[TROUBLE_CERTIFICATE] = "own-certificate",
	[TROUBLE_PROTOCOL] = "protocol",
	[TROUBLE_REJECTED] = "rejected",
	[TROUBLE_BUSY] = "busy",
	[TROUBLE_JOURNAL] = "journal",
};

static const struct {
	int error;
	enum trouble trouble;
} errors[] = {
	{ECONNREFUSED, TROUBLE_REFUSED},
	{ENETUNREACH, TROUBLE_UNREACHABLE},
	{EHOSTUNREACH, TROUBLE_UNREACHABLE},
	{ENETDOWN, TROUBLE_UNREACHABLE},
	{EHOSTDOWN, TROUBLE_UNREACHABLE},
	{EADDRNOTAVAIL, TROUBLE_UNREACHABLE},
	/* A packet filter of this machine's. */
	{EPERM, TROUBLE_UNREACHABLE},
	{EACCES, TROUBLE_UNREACHABLE},
	{ETIMEDOUT, TROUBLE_SILENT},
	{EKEYREJECTED, TROUBLE_TLS},
	{EPROTO, TROUBLE_PROTOCOL},
	{EBADMSG, TROUBLE_PROTOCOL},
	{EOPNOTSUPP, TROUBLE_PROTOCOL},
	{EREMOTEIO, TROUBLE_REJECTED},
	{EAGAIN, TROUBLE_BUSY},
};

enum trouble trouble_of_error(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].error == -error)
			return errors[i].trouble;
	return TROUBLE_BROKEN;
}

static const struct {
	long result;
	enum trouble trouble;
} verifications[] = {
	{X509_V_ERR_HOSTNAME_MISMATCH, TROUBLE_NAME},
	{X509_V_ERR_IP_ADDRESS_MISMATCH, TROUBLE_NAME},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, TROUBLE_AUTHORITY},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, TROUBLE_AUTHORITY},
	{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, TROUBLE_AUTHORITY},
	{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, TROUBLE_AUTHORITY},
	{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, TROUBLE_AUTHORITY},
	{X509_V_ERR_CERT_SIGNATURE_FAILURE, TROUBLE_AUTHORITY},
	{X509_V_ERR_INVALID_CA, TROUBLE_AUTHORITY},
	{X509_V_ERR_CERT_HAS_EXPIRED, TROUBLE_EXPIRED},
	{X509_V_ERR_CERT_NOT_YET_VALID, TROUBLE_EARLY},
};

enum trouble trouble_of_verification(long result)
{
	for (size_t i = 0; i < ARRAY_SIZE(verifications); i++)
		if (verifications[i].result == result)
			return verifications[i].trouble;
	return TROUBLE_TLS;
}

/* Alerts by which a server tells that it minds our certificate: RFC 8446, 6.2. */
static const int certificate_alerts[] = {
	SSL_AD_BAD_CERTIFICATE,	    SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
	SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN,	    SSL_AD_UNKNOWN_CA,
	SSL_AD_ACCESS_DENIED,	    SSL_AD_CERTIFICATE_REQUIRED,
};

enum trouble trouble_of_tls(unsigned long error)
{
	const int alert = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;

	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return TROUBLE_TLS;
	for (size_t i = 0; i < ARRAY_SIZE(certificate_alerts); i++)
		if (certificate_alerts[i] == alert)
			return TROUBLE_CERTIFICATE;
	return TROUBLE_TLS;
}
