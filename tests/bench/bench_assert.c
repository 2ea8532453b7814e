/* bench_assert NODE RP CREDENTIAL: what no module can do without: one assertion of one key by
 * libfido2, with a touch, of the credential whose id is given in hexadecimal. Prints the
 * milliseconds from the opening of the key to its signature, and that nothing was asked. Status 1
 * unless there is one. */
#include "number.h"

#include <fido.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	static const unsigned char challenge[32] = "any bytes will do, for nobody ";
	unsigned char id[512];
	fido_assert_t *assertion;
	fido_dev_t *device;
	double began;
	size_t length;
	int r;

	if (argc != 4 || hex_parse(argv[3], id, sizeof(id), &length) < 0)
		return 2;
	fido_init(0);
	assertion = fido_assert_new();
	device = fido_dev_new();
	if (!assertion || !device)
		return 1;
	began = now_ms();
	r = fido_dev_open(device, argv[1]);
	if (r == FIDO_OK)
		r = fido_assert_set_clientdata_hash(assertion, challenge, sizeof(challenge));
	if (r == FIDO_OK)
		r = fido_assert_set_rp(assertion, argv[2]);
	if (r == FIDO_OK)
		r = fido_assert_allow_cred(assertion, id, length);
	if (r == FIDO_OK)
		r = fido_assert_set_up(assertion, FIDO_OPT_TRUE);
	if (r == FIDO_OK)
		r = fido_dev_get_assert(device, assertion, NULL);
	if (r == FIDO_OK)
		printf("%.3f 0\n", now_ms() - began);
	else
		fprintf(stderr, "%s: %s\n", argv[1], fido_strerr(r));
	fido_dev_close(device);
	fido_dev_free(&device);
	fido_assert_free(&assertion);
	return r == FIDO_OK ? 0 : 1;
}
