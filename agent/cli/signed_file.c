#include "signed_file.h"

#include "cleanup.h"
#include "command.h"
#include "file.h"
#include "gettext.h"
#include "signed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

void signed_file_release(struct signed_file *file)
{
	free(file->text);
}

static int read_collector(struct signed_file *file, const char *configuration)
{
	struct collectors *collectors = &file->collectors;
	struct config_error error;

	if (collectors_load(configuration, 0, collectors, &error) < 0)
		return command_fail(file->command, "%s", error.text);
	if (collectors_signer(collectors)[0] == '\0')
		return command_fail(file->command, _("%s names no collector (Name=)"),
				    configuration);
	return COMMAND_OK;
}

int signed_file_read(struct signed_file *file, const char *configuration)
{
	_cleanup_close_ int fd = open(file->path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0, status = read_collector(file, configuration);

	if (status != COMMAND_OK)
		return status;
	if (r == 0)
		r = file_read_all(fd, SIGNED_FILE_MAX, &file->text, &file->length);
	if (r < 0)
		return command_fail(file->command, _("%s: can't be read: %s"), file->path,
				    strerror(-r));
	return COMMAND_OK;
}

int signed_file_fail(const struct signed_file *file, int error)
{
	if (error == -EKEYREJECTED)
		return command_fail(file->command,
				    _("%s: not signed by the collector %s; fetch it there again"),
				    file->path, collectors_signer(&file->collectors));
	return command_fail(file->command, _("%s: can't be read: %s"), file->collectors.authority,
			    strerror(-error));
}
