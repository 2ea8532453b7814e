#include "cryptolib.h"

#include <errno.h>
#include <openssl/crypto.h>

int cryptolib_begin(void)
{
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 &&
			       OSSL_LIB_CTX_get0_global_default()
		       ? 0
		       : -ENOMEM;
}
