/* The columns of a list, by the names in its first row. */
#include "transfer.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

#define NAME_SIZE 64 /* bytes of a column's name, with the zero */
#define NEEDED	  (1u << TRANSFER_PERSON | 1u << TRANSFER_OPERATION)

const char *const transfer_column_names[TRANSFER_COLUMN_COUNT] = {
	[TRANSFER_PERSON] = N_("person"),
	[TRANSFER_OPERATION] = N_("operation"),
	[TRANSFER_EFFECTIVE] = N_("effective date"),
	[TRANSFER_FROM] = N_("valid from"),
	[TRANSFER_TO] = N_("valid to"),
	[TRANSFER_LABEL] = N_("label"),
	[TRANSFER_CATEGORY] = N_("category"),
	[TRANSFER_CREDENTIAL] = N_("credential"),
	[TRANSFER_KEY] = N_("public key"),
	[TRANSFER_ALGORITHM] = N_("algorithm"),
	[TRANSFER_VERIFICATION] = N_("verification"),
	[TRANSFER_MODEL] = N_("model"),
	[TRANSFER_ATTESTATION] = N_("attestation"),
	[TRANSFER_REVOKED] = N_("revoked"),
	[TRANSFER_RIGHTS] = N_("rights"),
	[TRANSFER_WITNESSED] = N_("witnessed"),
	[TRANSFER_HOURS] = N_("hours"),
};

/* Names in a header; those in English with a blank for - and _. */
static const struct {
	const char *name;
	enum transfer_column column;
} names[] = {
	{"person", TRANSFER_PERSON},
	{"user", TRANSFER_PERSON},
	{"user name", TRANSFER_PERSON},
	{"利用者", TRANSFER_PERSON},
	{"利用者名", TRANSFER_PERSON},
	{"ユーザー名", TRANSFER_PERSON},
	{"ユーザ名", TRANSFER_PERSON},
	{"operation", TRANSFER_OPERATION},
	{"処理", TRANSFER_OPERATION},
	{"処理区分", TRANSFER_OPERATION},
	{"effective", TRANSFER_EFFECTIVE},
	{"effective date", TRANSFER_EFFECTIVE},
	{"発令日", TRANSFER_EFFECTIVE},
	{"from", TRANSFER_FROM},
	{"valid from", TRANSFER_FROM},
	{"有効開始日", TRANSFER_FROM},
	{"開始日", TRANSFER_FROM},
	{"to", TRANSFER_TO},
	{"valid to", TRANSFER_TO},
	{"有効終了日", TRANSFER_TO},
	{"有効期限", TRANSFER_TO},
	{"終了日", TRANSFER_TO},
	{"label", TRANSFER_LABEL},
	{"name", TRANSFER_LABEL},
	{"氏名", TRANSFER_LABEL},
	{"名称", TRANSFER_LABEL},
	{"category", TRANSFER_CATEGORY},
	{"職員区分", TRANSFER_CATEGORY},
	{"区分", TRANSFER_CATEGORY},
	{"credential", TRANSFER_CREDENTIAL},
	{"credential id", TRANSFER_CREDENTIAL},
	{"クレデンシャル", TRANSFER_CREDENTIAL},
	{"クレデンシャルID", TRANSFER_CREDENTIAL},
	{"public key", TRANSFER_KEY},
	{"公開鍵", TRANSFER_KEY},
	{"algorithm", TRANSFER_ALGORITHM},
	{"署名方式", TRANSFER_ALGORITHM},
	{"verification", TRANSFER_VERIFICATION},
	{"uv", TRANSFER_VERIFICATION},
	{"本人確認", TRANSFER_VERIFICATION},
	{"model", TRANSFER_MODEL},
	{"aaguid", TRANSFER_MODEL},
	{"機種", TRANSFER_MODEL},
	{"attestation", TRANSFER_ATTESTATION},
	{"製造元証明", TRANSFER_ATTESTATION},
	{"revoked", TRANSFER_REVOKED},
	{"失効日", TRANSFER_REVOKED},
	{"rights", TRANSFER_RIGHTS},
	{"権限", TRANSFER_RIGHTS},
	{"witnessed", TRANSFER_WITNESSED},
	{"立会い", TRANSFER_WITNESSED},
	{"hours", TRANSFER_HOURS},
	{"時間帯", TRANSFER_HOURS},
};

static int find_column(const char *field, enum transfer_column *ret_column)
{
	char name[NAME_SIZE];
	size_t length = strlen(field);

	if (length >= sizeof(name))
		return -EINVAL;
	memcpy(name, field, length + 1);
	for (char *at = name; (at = strpbrk(at, "_-"));)
		*at = ' ';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i].name, name) == 0) {
			*ret_column = names[i].column;
			return 0;
		}
	return -EINVAL;
}

int transfer_read_header(char *const fields[], size_t count, struct transfer_header *ret_header,
			 struct transfer_error *ret_error)
{
	unsigned int seen = 0;

	*ret_error = (struct transfer_error){.column = -1};
	for (size_t i = 0; i < count; i++) {
		enum transfer_column column;

		ret_error->field = i;
		ret_error->reason =
			N_("there is no column of that name; sekisho-import(1) has the names");
		if (find_column(fields[i], &column) < 0)
			return -EINVAL;
		ret_error->reason = N_("this column is there twice");
		if (seen & 1u << column)
			return -EINVAL;
		seen |= 1u << column;
		ret_header->columns[i] = column;
	}
	ret_error->field = count;
	ret_error->reason =
		N_("the first row must name the columns, person and operation among them");
	if ((seen & NEEDED) != NEEDED)
		return -EINVAL;
	ret_header->count = count;
	return 0;
}
