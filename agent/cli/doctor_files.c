#include "doctor.h"

#include "gettext.h"
#include "pem.h"

#include <errno.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

#define SOON_DAYS 30

/* One of the forwarder's files. */
struct subject {
	struct doctor *doctor;
	const char *check;
	const char *path;
	const char *renewal; /* what to do when a certificate ends */
};

static void say(const struct subject *subject, enum finding_result result, const char *reason,
		const char *text, const char *next)
{
	const struct finding finding = {
		.check = subject->check,
		.result = result,
		.subject = subject->path,
		.reason = reason,
		.next = next,
	};

	diagnosis_add(&subject->doctor->diagnosis, &finding, "%s", text);
}

/* Who has to read a file, besides root. */
enum readers {
	FORWARDER,
	FORWARDER_ALONE, /* it is secret */
	EVERYBODY, /* sekishod judges the collector's letters by it and is not in the forwarder's
		      group */
};

static bool can_read(const struct doctor *doctor, const struct stat *status)
{
	if (status->st_uid == doctor->uid)
		return status->st_mode & S_IRUSR;
	return status->st_mode & (status->st_gid == doctor->gid ? S_IRGRP : S_IROTH);
}

/* May a program without groups come to a file and read it? */
static bool everybody_reads(const char *path, const struct stat *status)
{
	char folder[COLLECTORS_PATH];
	struct stat above;

	snprintf(folder, sizeof(folder), "%s", path);
	while (strrchr(folder + 1, '/')) {
		*strrchr(folder + 1, '/') = '\0';
		if (stat(folder, &above) < 0 || !(above.st_mode & S_IXOTH))
			return false;
	}
	return status->st_mode & S_IROTH;
}

static bool is_secret(const struct doctor *doctor, const struct stat *status)
{
	return !(status->st_mode & 07) && (!(status->st_mode & S_IRGRP) ||
					   status->st_gid == doctor->gid || status->st_gid == 0);
}

/* There, and neither written nor, where it is secret, read by those who have no business with it.
 */
static bool check_mode(const struct subject *subject, enum readers readers)
{
	const struct doctor *doctor = subject->doctor;
	char next[4 * COLLECTORS_PATH];
	struct stat status;

	if (stat(subject->path, &status) < 0) {
		say(subject, FINDING_WRONG, errno == ENOENT ? "missing" : "unreadable",
		    strerror(errno),
		    _("copy the files that 'sekisho-collector terminal' made for this terminal "
		      "here"));
		return false;
	}
	if (readers == EVERYBODY)
		snprintf(next, sizeof(next),
			 "chown root %s && chmod 0644 %s && chmod o+x \"$(dirname %s)\"",
			 subject->path, subject->path, subject->path);
	else
		snprintf(next, sizeof(next), "chown root:%s %s && chmod 0640 %s", doctor->user,
			 subject->path, subject->path);
	if (!S_ISREG(status.st_mode))
		say(subject, FINDING_WRONG, "mode", _("it is no file"), NULL);
	else if (status.st_uid != 0 || status.st_mode & 022)
		say(subject, FINDING_WRONG, "mode", _("others than root may write it"), next);
	else if (readers == FORWARDER_ALONE && !is_secret(doctor, &status))
		say(subject, FINDING_WRONG, "mode", _("others than the forwarder may read it"),
		    next);
	else if (!can_read(doctor, &status))
		say(subject, FINDING_WRONG, "mode", _("the forwarder may not read it"), next);
	else if (readers == EVERYBODY && !everybody_reads(subject->path, &status))
		say(subject, FINDING_WRONG, "mode",
		    _("sekishod may not read it, and takes none of the collector's letters"), next);
	else
		return true;
	return false;
}

/* Of several certificates the one that ends last. */
static X509 *read_certificate(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *best = NULL, *one;

	while ((one = pem_read_certificate(file))) {
		int days = 0, seconds = 0;

		if (best &&
		    ASN1_TIME_diff(&days, &seconds, X509_get0_notAfter(best),
				   X509_get0_notAfter(one)) == 1 &&
		    days <= 0 && seconds <= 0) {
			X509_free(one);
			continue;
		}
		X509_free(best);
		best = one;
	}
	BIO_free(file);
	return best;
}

static void check_dates(const struct subject *subject, const X509 *certificate)
{
	const ASN1_TIME *from = X509_get0_notBefore(certificate);
	const ASN1_TIME *until = X509_get0_notAfter(certificate);
	char text[256], day[16] = "?";
	int days = 0, seconds = 0;
	struct tm parts;

	if (ASN1_TIME_to_tm(X509_cmp_current_time(from) > 0 ? from : until, &parts) == 1)
		strftime(day, sizeof(day), "%Y-%m-%d", &parts);
	ASN1_TIME_diff(&days, &seconds, NULL, until);
	if (X509_cmp_current_time(from) > 0) {
		snprintf(text, sizeof(text), _("it is valid from %s on only"), day);
		say(subject, FINDING_WRONG, "not-yet-valid", text,
		    _("check this terminal's clock: timedatectl"));
	} else if (X509_cmp_current_time(until) < 0) {
		snprintf(text, sizeof(text), _("by this terminal's clock it ended on %s"), day);
		say(subject, FINDING_WRONG, "expired", text, _(subject->renewal));
	} else if (days < SOON_DAYS) {
		snprintf(text, sizeof(text), _("it ends on %s, in %d days"), day, days);
		say(subject, FINDING_WARNING, "expires-soon", text, _(subject->renewal));
	} else {
		snprintf(text, sizeof(text), _("valid until %s"), day);
		say(subject, FINDING_OK, NULL, text, NULL);
	}
}

static X509 *check_certificate(const struct subject *subject, enum readers readers)
{
	X509 *certificate;

	if (!check_mode(subject, readers))
		return NULL;
	certificate = read_certificate(subject->path);
	if (certificate)
		check_dates(subject, certificate);
	else
		say(subject, FINDING_WRONG, "unreadable", _("it has no certificate in PEM"),
		    _("copy the files that 'sekisho-collector terminal' made for this terminal "
		      "here"));
	return certificate;
}

static void check_key(const struct subject *subject, const X509 *certificate)
{
	EVP_PKEY *key;
	BIO *file;

	if (!check_mode(subject, FORWARDER_ALONE))
		return;
	file = BIO_new_file(subject->path, "r");
	key = pem_read_key(file);
	BIO_free(file);
	if (!key)
		say(subject, FINDING_WRONG, "unreadable",
		    _("it has no private key in PEM, or one with a password"),
		    _("copy the files that 'sekisho-collector terminal' made for this terminal "
		      "here"));
	else if (certificate && X509_check_private_key(certificate, key) != 1)
		say(subject, FINDING_WRONG, "mismatch",
		    _("it does not belong to this terminal's certificate"),
		    _("copy certificate and private key here once more, both of the same time"));
	else
		say(subject, FINDING_OK, NULL, _("read by root and the forwarder alone"), NULL);
	EVP_PKEY_free(key);
}

void doctor_files(struct doctor *doctor)
{
	const struct collectors *collectors = &doctor->collectors;
	const struct subject authority = {
		doctor, N_("authority"), collectors->authority,
		N_("the collector's administrator has to make a new authority; see "
		   "sekisho-collector(8)")};
	const struct subject own = {
		doctor, N_("own certificate"), collectors->certificate,
		N_("at the collector: 'sekisho-collector terminal renew NAME'; then copy the new "
		   "files here")};
	const struct subject key = {doctor, N_("private key"), collectors->key, ""};
	X509 *certificate;

	X509_free(check_certificate(&authority, EVERYBODY));
	certificate = check_certificate(&own, FORWARDER);
	check_key(&key, certificate);
	X509_free(certificate);
}
