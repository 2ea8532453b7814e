/* A row as what it says, held against the grammar of rows. */
#include "transfer.h"

#include "cleanup.h"
#include "gettext.h"
#include "number.h"

#include <errno.h>
#include <string.h>

#define BIT(column)  (1u << (column))
#define PERSON_ROW   (BIT(TRANSFER_PERSON) | BIT(TRANSFER_OPERATION))
#define DAYS	     (BIT(TRANSFER_FROM) | BIT(TRANSFER_TO))
#define TEXTS	     (BIT(TRANSFER_LABEL) | BIT(TRANSFER_CATEGORY))
#define KEY_ROW	     (PERSON_ROW | BIT(TRANSFER_CREDENTIAL))
#define KEY_MADE     (BIT(TRANSFER_KEY) | BIT(TRANSFER_ALGORITHM))
#define KEY_TOLD     (BIT(TRANSFER_MODEL) | BIT(TRANSFER_ATTESTATION) | BIT(TRANSFER_REVOKED))
#define VERIFICATION BIT(TRANSFER_VERIFICATION)
#define EFFECTIVE    BIT(TRANSFER_EFFECTIVE)
#define TERMS	     (BIT(TRANSFER_RIGHTS) | BIT(TRANSFER_WITNESSED) | BIT(TRANSFER_HOURS))

static const struct {
	const char *name;
	enum transfer_operation operation;
} operations[] = {
	{"add", TRANSFER_ADD},	   {"登録", TRANSFER_ADD},	{"追加", TRANSFER_ADD},
	{"採用", TRANSFER_ADD},	   {"転入", TRANSFER_ADD},	{"change", TRANSFER_CHANGE},
	{"変更", TRANSFER_CHANGE}, {"異動", TRANSFER_CHANGE},	{"end", TRANSFER_END},
	{"終了", TRANSFER_END},	   {"転出", TRANSFER_END},	{"retire", TRANSFER_RETIRE},
	{"退職", TRANSFER_RETIRE}, {"revoke", TRANSFER_REVOKE}, {"失効", TRANSFER_REVOKE},
};

/* What a row has to say and may say, of a person and of a key. */
static const struct {
	unsigned int needs, may; /* bits of enum transfer_column */
	bool one_more; /* of .may */
} grammar[2][TRANSFER_REVOKE + 1] = {
	{
		[TRANSFER_ADD] = {PERSON_ROW, EFFECTIVE | DAYS | TEXTS | TERMS, false},
		[TRANSFER_CHANGE] = {PERSON_ROW | EFFECTIVE, TEXTS | TERMS | BIT(TRANSFER_TO),
				     true},
		[TRANSFER_END] = {PERSON_ROW, EFFECTIVE | BIT(TRANSFER_TO), true},
		[TRANSFER_RETIRE] = {PERSON_ROW, EFFECTIVE | BIT(TRANSFER_TO), true},
		[TRANSFER_REVOKE] = {KEY_ROW, 0, false},
	},
	{
		[TRANSFER_ADD] = {KEY_ROW | KEY_MADE,
				  EFFECTIVE | DAYS | TEXTS | VERIFICATION | KEY_TOLD, false},
		[TRANSFER_CHANGE] = {KEY_ROW, DAYS | TEXTS | VERIFICATION, true},
		[TRANSFER_END] = {KEY_ROW, EFFECTIVE | BIT(TRANSFER_TO), true},
		[TRANSFER_RETIRE] = {KEY_ROW, EFFECTIVE | BIT(TRANSFER_TO), true},
		[TRANSFER_REVOKE] = {KEY_ROW, 0, false},
	},
};

bool transfer_about_key(const struct transfer *transfer)
{
	return transfer->given & BIT(TRANSFER_CREDENTIAL);
}

/* Full-width letters and blanks are what people mistype, and no name of ours. */
int transfer_set_user(const char *text, struct transfer *transfer)
{
	size_t length = strlen(text);

	if (length == 0 || length >= sizeof(transfer->user) || text[0] == '-')
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f || strchr(":/,", text[i]))
			return -EINVAL;
	memcpy(transfer->user, text, length + 1);
	memcpy(transfer->key.user, text, length + 1);
	return 0;
}

static int read_operation(const char *text, struct transfer *transfer)
{
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		if (strcasecmp(operations[i].name, text) == 0) {
			transfer->operation = operations[i].operation;
			return 0;
		}
	return -EINVAL;
}

static int read_effective(const char *text, struct transfer *transfer)
{
	return transfer_read_day(text, &transfer->effective);
}

static int read_from(const char *text, struct transfer *transfer)
{
	return transfer_read_day(text, &transfer->key.from);
}

static int read_to(const char *text, struct transfer *transfer)
{
	return transfer_read_day(text, &transfer->key.to);
}

static int read_revoked(const char *text, struct transfer *transfer)
{
	return transfer_read_day(text, &transfer->key.revoked);
}

static int read_label(const char *text, struct transfer *transfer)
{
	return roster_set_label(text, transfer->key.label);
}

static int read_category(const char *text, struct transfer *transfer)
{
	return roster_set_label(text, transfer->key.category);
}

static int read_credential(const char *text, struct transfer *transfer)
{
	struct roster_entry *key = &transfer->key;

	return hex_parse(text, key->credential, sizeof(key->credential), &key->credential_length);
}

static int read_key(const char *text, struct transfer *transfer)
{
	struct roster_entry *key = &transfer->key;

	return hex_parse(text, key->key, sizeof(key->key), &key->key_length);
}

static int read_algorithm(const char *text, struct transfer *transfer)
{
	for (size_t i = 0; i < ROSTER_ALGORITHMS; i++)
		if (strcasecmp(roster_algorithms[i].name, text) == 0) {
			transfer->key.algorithm = (enum roster_algorithm)i;
			return 0;
		}
	return -EINVAL;
}

static int read_verification(const char *text, struct transfer *transfer)
{
	transfer->key.uv_optional = strcmp(text, "none") == 0;
	return transfer->key.uv_optional || strcmp(text, "required") == 0 ? 0 : -EINVAL;
}

static int read_model(const char *text, struct transfer *transfer)
{
	transfer->key.has_aaguid = true;
	return hex_parse_exactly(text, transfer->key.aaguid, sizeof(transfer->key.aaguid));
}

static int read_attestation(const char *text, struct transfer *transfer)
{
	uint8_t digest[32];

	if (strcmp(text, "none") != 0 && strcmp(text, "self") != 0 &&
	    hex_parse_exactly(text, digest, sizeof(digest)) < 0)
		return -EINVAL;
	snprintf(transfer->key.attestation, sizeof(transfer->key.attestation), "%s", text);
	return 0;
}

/* What is not said stays, so that what is to go has a word: none, no, always. */
static int read_rights(const char *text, struct transfer *transfer)
{
	transfer->terms.rights = 0;
	return strcmp(text, "none") == 0 || strcmp(text, "なし") == 0
		       ? 0
		       : roster_parse_rights(text, &transfer->terms.rights);
}

static int read_witnessed(const char *text, struct transfer *transfer)
{
	const bool yes = strcasecmp(text, "yes") == 0 || strcmp(text, "要") == 0;

	transfer->terms.witnessed = yes;
	return yes || strcasecmp(text, "no") == 0 || strcmp(text, "不要") == 0 ? 0 : -EINVAL;
}

static int read_hours(const char *text, struct transfer *transfer)
{
	transfer->terms.opens = transfer->terms.closes = 0;
	return strcasecmp(text, "always") == 0 || strcmp(text, "終日") == 0
		       ? 0
		       : roster_parse_hours(text, &transfer->terms);
}

#define WRONG_DAY N_("not a day; write it as 2027-04-01 or 2027/4/1")

static const struct {
	int (*read)(const char *text, struct transfer *transfer);
	const char *wrong;
} fields_of[TRANSFER_COLUMN_COUNT] = {
	[TRANSFER_PERSON] = {transfer_set_user,
			     N_("not a user name: ASCII without blanks, colon and slash")},
	[TRANSFER_OPERATION] = {read_operation,
				N_("not an operation: add, change, end, retire, revoke, or in "
				   "Japanese")},
	[TRANSFER_EFFECTIVE] = {read_effective, WRONG_DAY},
	[TRANSFER_FROM] = {read_from, WRONG_DAY},
	[TRANSFER_TO] = {read_to, WRONG_DAY},
	[TRANSFER_LABEL] = {read_label,
			    N_("a text has 127 bytes at most, without control characters")},
	[TRANSFER_CATEGORY] = {read_category,
			       N_("a text has 127 bytes at most, without control characters")},
	[TRANSFER_CREDENTIAL] = {read_credential,
				 N_("a credential is 1 to 512 bytes in hexadecimal")},
	[TRANSFER_KEY] = {read_key, N_("a public key is 32, 64 or 96 bytes in hexadecimal")},
	[TRANSFER_ALGORITHM] = {read_algorithm, N_("the algorithm must be es256, es384 or eddsa")},
	[TRANSFER_VERIFICATION] = {read_verification,
				   N_("the verification must be required or none")},
	[TRANSFER_MODEL] = {read_model, N_("a model is 32 hexadecimal digits")},
	[TRANSFER_ATTESTATION] = {read_attestation,
				  N_("an attestation is none, self or 64 hexadecimal digits")},
	[TRANSFER_REVOKED] = {read_revoked, WRONG_DAY},
	[TRANSFER_RIGHTS] = {read_rights,
			     N_("rights are substitute, witness, both parted by a comma, or none")},
	[TRANSFER_WITNESSED] = {read_witnessed, N_("witnessed must be yes or no")},
	[TRANSFER_HOURS] = {read_hours, N_("hours are 08:30-17:15 or always")},
};

static int read_fields(const struct transfer_header *header, char *const fields[],
		       struct transfer *transfer, struct transfer_error *error)
{
	for (size_t i = 0; i < header->count; i++) {
		enum transfer_column column = header->columns[i];

		if (fields[i][0] == '\0')
			continue;
		error->column = (int)column;
		error->reason = fields_of[column].wrong;
		if (fields_of[column].read(fields[i], transfer) < 0)
			return -EINVAL;
		transfer->given |= BIT(column);
	}
	return 0;
}

/* By the grammar: what is missing, and what has no meaning there. */
static int check_fields(const struct transfer *transfer, struct transfer_error *error)
{
	const size_t about_key = transfer_about_key(transfer);
	const unsigned int needs = grammar[about_key][transfer->operation].needs;
	const unsigned int may = grammar[about_key][transfer->operation].may;

	for (int column = 0; column < TRANSFER_COLUMN_COUNT; column++) {
		error->column = column;
		error->reason = N_("this operation needs it");
		if (needs & ~transfer->given & BIT(column))
			return -EINVAL;
		error->reason = about_key ? N_("it has no meaning in this operation on a key")
					  : N_("it has no meaning in this operation on a person");
		if (transfer->given & ~(needs | may) & BIT(column))
			return -EINVAL;
	}
	error->column = -1;
	error->reason = N_("the row says nothing about what is to be done");
	return grammar[about_key][transfer->operation].one_more && !(transfer->given & may)
		       ? -EINVAL
		       : 0;
}

/* The effective date as a first or a last day. */
static int settle_days(struct transfer *transfer, struct transfer_error *error)
{
	struct roster_entry *key = &transfer->key;
	const bool ends =
		transfer->operation == TRANSFER_END || transfer->operation == TRANSFER_RETIRE;
	uint32_t day = transfer->effective;

	error->column = TRANSFER_EFFECTIVE;
	if (day && ends) {
		error->reason = N_("the effective date and the last day don't fit together");
		if (transfer->operation == TRANSFER_END)
			day = roster_day_before(day);
		if (key->to && key->to != day)
			return -EINVAL;
		key->to = day;
	} else if (day) {
		error->reason = N_("the effective date and the first day are not the same");
		if (key->from && key->from != day)
			return -EINVAL;
		key->from = day;
	}
	error->column = TRANSFER_TO;
	error->reason = N_("the last day is before the first");
	return key->from && key->to && key->from > key->to ? -EINVAL : 0;
}

int transfer_read(const struct transfer_header *header, char *const fields[], size_t count,
		  struct transfer *ret_transfer, struct transfer_error *ret_error)
{
	int r;

	*ret_transfer = (struct transfer){};
	*ret_error = (struct transfer_error){.column = -1};
	ret_error->reason = N_("the row has more or fewer fields than the first row");
	if (count != header->count)
		return -EINVAL;
	r = read_fields(header, fields, ret_transfer, ret_error);
	if (r == 0)
		r = check_fields(ret_transfer, ret_error);
	if (r == 0)
		r = settle_days(ret_transfer, ret_error);
	if (r < 0 || !(ret_transfer->given & BIT(TRANSFER_KEY)))
		return r;
	ret_error->column = TRANSFER_KEY;
	ret_error->reason = N_("the public key has a wrong length for its algorithm");
	return ret_transfer->key.key_length ==
			       roster_algorithms[ret_transfer->key.algorithm].key_length
		       ? 0
		       : -EINVAL;
}
