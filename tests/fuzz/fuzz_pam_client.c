/* Any sequence of packets as authd's side of a log-in, with the whole module in between: it never
 * succeeds without a verdict that grants, and shows and logs no control character.
 *
 * Input: a byte of enum trait, then packets {16 bits of length, bytes}. libpam is played here, for
 * its own functions only work for a module that it has loaded. */
#include "protocol.h"
#include "verdict.h"

#include "cleanup.h"

#include <errno.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum trait {
	TRAIT_EMPTY = 1, /* the person answers nothing */
	TRAIT_NO_ANSWER = 2, /* the program hands over no answer */
	TRAIT_FAILS = 4, /* the program's conversation fails */
	TRAIT_SILENT = 8,
	TRAIT_EXEMPT = 16, /* the module's line has exempt=ignore */
	TRAIT_FORGETS = 32, /* libpam cannot keep data */
	TRAIT_JAPANESE = 64,
	TRAIT_JOINED = 128, /* the person answers with password and code */
};

#define JOINED "Hanako-2026123456"

struct pam_handle {
	unsigned int traits;
	void *data;
	void (*release)(pam_handle_t *pamh, void *data, int status);
	struct pam_conv conv;
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int __wrap_wire_connect(const char *path, int64_t deadline, int *ret_fd);
int __wrap_wire_peer(int fd, uint32_t *ret_uid, int32_t *ret_pid);

static int module_end; /* the socket that the module gets */

int __wrap_wire_connect(const char *path, int64_t deadline, int *ret_fd)
{
	(void)path;
	(void)deadline;
	if (module_end < 0) /* sekishod's */
		return -ENOENT;
	*ret_fd = steal_fd(&module_end);
	return 0;
}

int __wrap_wire_peer(int fd, uint32_t *ret_uid, int32_t *ret_pid)
{
	(void)fd;
	*ret_uid = 0;
	*ret_pid = 1;
	return 0;
}

static void check_plain(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n') || *text == '\x7f')
			__builtin_trap();
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
		    void *data)
{
	const struct pam_handle *pamh = data;
	int style = messages[0]->msg_style;

	if (count != 1)
		__builtin_trap();
	check_plain(messages[0]->msg);
	if (pamh->traits & TRAIT_FAILS)
		return PAM_CONV_ERR;
	if (pamh->traits & TRAIT_SILENT && (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG))
		__builtin_trap();
	*responses = calloc(1, sizeof(**responses));
	if (*responses && !(pamh->traits & TRAIT_NO_ANSWER))
		(*responses)->resp = strdup(pamh->traits & TRAIT_EMPTY	  ? ""
					    : pamh->traits & TRAIT_JOINED ? JOINED
									  : "1234");
	return PAM_SUCCESS;
}

int pam_get_item(const pam_handle_t *pamh, int item, const void **ret_item)
{
	switch (item) {
	case PAM_CONV:
		*ret_item = &pamh->conv;
		return PAM_SUCCESS;
	case PAM_SERVICE:
		*ret_item = "door";
		return PAM_SUCCESS;
	case PAM_USER:
		*ret_item = "hanako";
		return PAM_SUCCESS;
	default:
		*ret_item = NULL;
		return PAM_SUCCESS;
	}
}

/* Nothing but what the person typed, without a code behind it, is handed on as a password. */
int pam_set_item(pam_handle_t *pamh, int item, const void *value)
{
	const char *password = value;
	const size_t length = strlen(password);

	if (item != PAM_AUTHTOK || !(pamh->traits & TRAIT_JOINED) || length == 0 ||
	    length > strlen(JOINED) - 6 || strncmp(password, JOINED, length) != 0)
		__builtin_trap();
	return PAM_SUCCESS;
}

int pam_get_user(pam_handle_t *pamh, const char **ret_user, const char *prompt)
{
	(void)pamh;
	(void)prompt;
	*ret_user = "hanako";
	return PAM_SUCCESS;
}

int pam_set_data(pam_handle_t *pamh, const char *name, void *data,
		 void (*release)(pam_handle_t *pamh, void *data, int status))
{
	(void)name;
	if (pamh->traits & TRAIT_FORGETS && data)
		return PAM_BUF_ERR;
	if (pamh->data)
		pamh->release(pamh, pamh->data, PAM_DATA_REPLACE);
	pamh->data = data;
	pamh->release = release;
	return PAM_SUCCESS;
}

int pam_get_data(const pam_handle_t *pamh, const char *name, const void **ret_data)
{
	(void)name;
	*ret_data = pamh->data;
	return pamh->data ? PAM_SUCCESS : PAM_NO_MODULE_DATA;
}

int pam_fail_delay(pam_handle_t *pamh, unsigned int usec)
{
	(void)pamh;
	(void)usec;
	return PAM_SUCCESS;
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
	char text[4096];
	va_list arguments;

	(void)pamh;
	(void)priority;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	check_plain(text);
	if (strchr(text, '\n'))
		__builtin_trap();
}

/* Whether some packet, alone, is that verdict. */
static bool says(const uint8_t *bytes, size_t size, unsigned int wanted)
{
	static struct wire_packet packet;
	static struct auth_verdict verdict;

	while (size > 2) {
		size_t length = bytes[0] | (size_t)bytes[1] << 8;

		bytes += 2;
		size -= 2;
		if (length > size)
			length = size;
		if (length <= sizeof(packet.bytes)) {
			memcpy(packet.bytes, bytes, length);
			packet.length = length;
			if (wire_decode(&auth_verdict_layout, &packet, &verdict) == 0 &&
			    verdict.verdict == wanted)
				return true;
		}
		bytes += length;
		size -= length;
	}
	return false;
}

static void send_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 2) {
		size_t length = bytes[0] | (size_t)bytes[1] << 8;

		bytes += 2;
		size -= 2;
		if (length > size)
			length = size;
		if (length > 0 && send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
		bytes += length;
		size -= length;
	}
	shutdown(fd, SHUT_WR);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pam_handle handle = {.conv = {converse, &handle}};
	static char japanese[] = "LC_ALL=ja_JP.UTF-8";
	static char english[] = "LC_ALL=C";
	const char *arguments[] = {"timeout=5", "exempt=ignore"};
	int pair[2];
	int code;
	int account;
	int count;
	int flags;

	if (size < 1 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return 0;
	handle.traits = bytes[0];
	module_end = pair[0];
	send_all(pair[1], bytes + 1, size - 1);
	putenv(handle.traits & TRAIT_JAPANESE ? japanese : english); /* setenv would leak */
	count = handle.traits & TRAIT_EXEMPT ? 2 : 1;
	flags = handle.traits & TRAIT_SILENT ? PAM_SILENT : 0;
	code = pam_sm_authenticate(&handle, flags, count, arguments);
	account = pam_sm_acct_mgmt(&handle, flags, count, arguments);
	close(pair[1]);

	if (code == PAM_SUCCESS &&
	    (handle.traits & TRAIT_FORGETS || !says(bytes + 1, size - 1, VERDICT_GRANTED)))
		__builtin_trap();
	if (code == PAM_IGNORE && (handle.traits & TRAIT_FORGETS || count == 1 ||
				   !says(bytes + 1, size - 1, VERDICT_EXEMPT)))
		__builtin_trap();
	if (account != (code == PAM_SUCCESS || code == PAM_IGNORE ? code : PAM_PERM_DENIED))
		__builtin_trap();
	pam_set_data(&handle, "", NULL, NULL);
	return 0;
}
