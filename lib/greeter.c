#include "greeter.h"

#include <string.h>

bool greeter_hides(const char *service)
{
	return strcmp(service, "lightdm") == 0;
}

bool greeter_one_line(const char *service)
{
	return strcmp(service, "xsecurelock") == 0 || strcmp(service, "common-auth") == 0;
}
