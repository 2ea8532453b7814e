/* Numbers of CTAP 2.1 (FIDO Alliance proposed standard of 2021-06-15): commands in section 6,
 * status codes in 8.2, CTAPHID in 11.2.9. Only those this authenticator uses. */
#ifndef SOFTKEY_CTAP_H
#define SOFTKEY_CTAP_H

#define CTAP_MAKE_CREDENTIAL	0x01
#define CTAP_GET_ASSERTION	0x02
#define CTAP_GET_INFO		0x04
#define CTAP_CLIENT_PIN		0x06
#define CTAP_RESET		0x07
#define CTAP_GET_NEXT_ASSERTION 0x08
#define CTAP_SELECTION		0x0b

#define CTAP_OK			     0x00
#define CTAP_INVALID_COMMAND	     0x01
#define CTAP_INVALID_PARAMETER	     0x02
#define CTAP_INVALID_LENGTH	     0x03
#define CTAP_CBOR_UNEXPECTED_TYPE    0x11
#define CTAP_INVALID_CBOR	     0x12
#define CTAP_MISSING_PARAMETER	     0x14
#define CTAP_LIMIT_EXCEEDED	     0x15
#define CTAP_CREDENTIAL_EXCLUDED     0x19
#define CTAP_UNSUPPORTED_ALGORITHM   0x26
#define CTAP_OPERATION_DENIED	     0x27
#define CTAP_KEY_STORE_FULL	     0x28
#define CTAP_UNSUPPORTED_OPTION	     0x2b
#define CTAP_INVALID_OPTION	     0x2c
#define CTAP_KEEPALIVE_CANCEL	     0x2d
#define CTAP_NO_CREDENTIALS	     0x2e
#define CTAP_USER_ACTION_TIMEOUT     0x2f
#define CTAP_NOT_ALLOWED	     0x30
#define CTAP_PIN_INVALID	     0x31
#define CTAP_PIN_BLOCKED	     0x32
#define CTAP_PIN_AUTH_INVALID	     0x33
#define CTAP_PIN_AUTH_BLOCKED	     0x34
#define CTAP_PIN_NOT_SET	     0x35
#define CTAP_PUAT_REQUIRED	     0x36
#define CTAP_PIN_POLICY_VIOLATION    0x37
#define CTAP_UV_BLOCKED		     0x3c
#define CTAP_INTEGRITY_FAILURE	     0x3d
#define CTAP_INVALID_SUBCOMMAND	     0x3e
#define CTAP_UV_INVALID		     0x3f
#define CTAP_UNAUTHORIZED_PERMISSION 0x40
#define CTAP_OTHER		     0x7f
/* Not on the wire: the command cannot go on before somebody touches the key. */
#define CTAP_WAIT_TOUCH 0x100

#define CTAPHID_PING	  0x01
#define CTAPHID_MSG	  0x03
#define CTAPHID_INIT	  0x06
#define CTAPHID_WINK	  0x08
#define CTAPHID_CBOR	  0x10
#define CTAPHID_CANCEL	  0x11
#define CTAPHID_KEEPALIVE 0x3b
#define CTAPHID_ERROR	  0x3f

#define CTAPHID_CAP_WINK 0x01
#define CTAPHID_CAP_CBOR 0x04
#define CTAPHID_CAP_NMSG 0x08

#define CTAPHID_ERR_INVALID_CMD	    0x01
#define CTAPHID_ERR_INVALID_LEN	    0x03
#define CTAPHID_ERR_INVALID_SEQ	    0x04
#define CTAPHID_ERR_MSG_TIMEOUT	    0x05
#define CTAPHID_ERR_CHANNEL_BUSY    0x06
#define CTAPHID_ERR_INVALID_CHANNEL 0x0b

#define CTAPHID_STATUS_UPNEEDED 2

#define COSE_ES256 (-7)
#define COSE_EDDSA (-8)

#define AUTHDATA_UP 0x01
#define AUTHDATA_UV 0x04
#define AUTHDATA_AT 0x40
#define AUTHDATA_ED 0x80

#define PERMISSION_MC 0x01
#define PERMISSION_GA 0x02

#define CREDENTIAL_ID_MAX 128 /* bytes; told as maxCredentialIdLength */
#define RP_ID_MAX	  255 /* bytes; a host name's limit */

#endif
