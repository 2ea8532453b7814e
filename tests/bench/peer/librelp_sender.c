/* librelp_sender PORT MESSAGES AUTHORITY CERTIFICATE KEY: the peer of `make bench`: sends each line
 * of a file by librelp's own client over TLS and ends when all was answered. Built by
 * tests/bench/run, which has librelp's header; without it there is nothing to compare with. */
#if __has_include(<librelp.h>)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <librelp.h> /* takes what stands above for granted */

#define WINDOW 128 /* librelp's default and ours */

static void tell(void *user, char *object, char *message, relpRetVal code)
{
	(void)user;
	fprintf(stderr, "librelp_sender: %s: %s (%d)\n", object, message, code);
}

/* librelp calls it whether there is one or not. */
static void __attribute__((format(printf, 1, 2))) no_debug(char *format, ...)
{
	(void)format;
}

static int connect_to(relpEngine_t *engine, char **argv, relpClt_t **ret_client)
{
	relpClt_t *client;

	if (relpEngineCltConstruct(engine, &client) != RELP_RET_OK)
		return -1;
	*ret_client = client;
	return relpCltSetWindowSize(client, WINDOW) == RELP_RET_OK &&
			       relpCltEnableTLS(client) == RELP_RET_OK &&
			       relpCltSetAuthMode(client, (char *)"name") == RELP_RET_OK &&
			       relpCltAddPermittedPeer(client, (char *)"localhost") ==
				       RELP_RET_OK &&
			       relpCltSetCACert(client, argv[3]) == RELP_RET_OK &&
			       relpCltSetOwnCert(client, argv[4]) == RELP_RET_OK &&
			       relpCltSetPrivKey(client, argv[5]) == RELP_RET_OK &&
			       relpCltConnect(client, AF_INET, (unsigned char *)argv[1],
					      (unsigned char *)"127.0.0.1") == RELP_RET_OK
		       ? 0
		       : -1;
}

static int send_lines(relpClt_t *client, FILE *messages)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int r = 0;

	while (r == 0 && (length = getline(&line, &size, messages)) > 0)
		if (relpCltSendSyslog(client, (unsigned char *)line, (size_t)length - 1) !=
		    RELP_RET_OK)
			r = -1;
	free(line);
	return r;
}

int main(int argc, char **argv)
{
	relpEngine_t *engine;
	relpClt_t *client = NULL;
	FILE *messages;
	int r = -1;

	if (argc != 6 || !(messages = fopen(argv[2], "re"))) {
		fprintf(stderr, "usage: librelp_sender PORT MESSAGES AUTHORITY CERTIFICATE KEY\n");
		return 2;
	}
	if (relpEngineConstruct(&engine) != RELP_RET_OK)
		return 1;
	relpEngineSetDbgprint(engine, no_debug);
	relpEngineSetOnErr(engine, tell);
	relpEngineSetOnAuthErr(engine, tell);
	if (relpEngineSetTLSLibByName(engine, "openssl") == RELP_RET_OK &&
	    relpEngineSetEnableCmd(engine, (unsigned char *)"syslog", eRelpCmdState_Required) ==
		    RELP_RET_OK)
		r = connect_to(engine, argv, &client);
	if (r == 0)
		r = send_lines(client, messages);
	/* Its farewell waits for the answers. */
	if (client)
		relpEngineCltDestruct(engine, &client);
	relpEngineDestruct(&engine);
	fclose(messages);
	return r < 0;
}
#else
#include <stdio.h>

int main(void)
{
	fprintf(stderr, "built without librelp\n");
	return 2;
}
#endif
