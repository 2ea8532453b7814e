/* Which key is behind a node: the very one, one that looks the same, another one. In a made-up
 * /sys.
 */
#include "hidkey.h"
#include "tree_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PORT_A "devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0"
#define PORT_B "devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0"
#define WORDS  "DRIVER=hid-generic\nHID_ID=0003:00001050:00000407\nHID_NAME=Key\nHID_UNIQ=%s\n"

struct scene {
	char root[64];
	int sysfs;
};

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	char path[128];

	snprintf(scene->root, sizeof(scene->root), "/tmp/sekisho-hidkey-XXXXXX");
	assert_non_null(mkdtemp(scene->root));
	tree_put(scene->root, "class/hidraw/.here", "", 0);
	tree_put(scene->root, "bus/hid/devices/.here", "", 0);
	scene->sysfs = open(scene->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/class/hidraw/.here", scene->root);
	unlink(path);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	close(scene->sysfs);
	assert_int_equal(tree_remove(scene->root), 0);
	free(scene);
	return 0;
}

static void plug(const struct scene *scene, const char *node, const char *port,
		 const char *instance, const char *serial, const char *descriptor)
{
	char path[512], target[512], text[256];

	snprintf(text, sizeof(text), WORDS, serial);
	snprintf(path, sizeof(path), "%s/%s/uevent", port, instance);
	tree_put(scene->root, path, text, strlen(text));
	snprintf(path, sizeof(path), "%s/%s/report_descriptor", port, instance);
	tree_put(scene->root, path, descriptor, strlen(descriptor));
	snprintf(path, sizeof(path), "%s/%s/hidraw/%s/dev", port, instance, node);
	tree_put(scene->root, path, "", 0);
	snprintf(path, sizeof(path), "%s/%s/%s/hidraw/%s/device", scene->root, port, instance,
		 node);
	snprintf(target, sizeof(target), "../../../%s", instance);
	assert_int_equal(symlink(target, path), 0);
	snprintf(target, sizeof(target), "../../%s/%s/hidraw/%s", port, instance, node);
	snprintf(path, sizeof(path), "%s/class/hidraw/%s", scene->root, node);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
	snprintf(target, sizeof(target), "../../../%s/%s", port, instance);
	snprintf(path, sizeof(path), "%s/bus/hid/devices/%s", scene->root, instance);
	assert_int_equal(symlink(target, path), 0);
}

static void unplug(const struct scene *scene, const char *node, const char *instance)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/class/hidraw/%s", scene->root, node);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/bus/hid/devices/%s", scene->root, instance);
	assert_int_equal(unlink(path), 0);
}

static struct hidkey read_key(const struct scene *scene, const char *node)
{
	struct hidkey key;

	assert_int_equal(hidkey_read(scene->sysfs, node, &key), 0);
	return key;
}

static void test_the_very_one(void **state)
{
	const struct scene *scene = *state;
	struct hidkey key, none;

	assert_int_equal(hidkey_read(scene->sysfs, "hidraw0", &none), -ENOENT);
	plug(scene, "hidraw0", PORT_A, "0003:1050:0407.0005", "", "FIDO");
	key = read_key(scene, "hidraw0");
	assert_string_equal(key.instance, "0003:1050:0407.0005");
	assert_int_equal(strlen(key.identity), 64);
	assert_true(hidkey_is_there(scene->sysfs, key.instance));
	unplug(scene, "hidraw0", "0003:1050:0407.0005");
	assert_false(hidkey_is_there(scene->sysfs, key.instance));
	/* Another one under the same node's name is not it. */
	plug(scene, "hidraw0", PORT_A, "0003:1050:0407.0006", "", "FIDO");
	assert_false(hidkey_is_there(scene->sysfs, key.instance));
	assert_false(hidkey_is_there(scene->sysfs, ""));
	assert_false(hidkey_is_there(scene->sysfs, "."));
	assert_false(hidkey_is_there(scene->sysfs, "../../../class"));
}

/* It comes back: at its port and the same in all that it tells; anything else is another key. */
static void test_looks_the_same(void **state)
{
	const struct scene *scene = *state;
	char node[HIDKEY_NODE_MAX];
	struct hidkey key, found;

	plug(scene, "hidraw0", PORT_A, "0003:1050:0407.0005", "", "FIDO");
	key = read_key(scene, "hidraw0");
	assert_int_equal(hidkey_find(scene->sysfs, key.identity, key.instance, node, &found),
			 -ENOENT);
	unplug(scene, "hidraw0", key.instance);
	plug(scene, "hidraw1", PORT_B, "0003:1050:0407.0006", "", "FIDO");
	plug(scene, "hidraw2", PORT_A, "0003:1050:0407.0007", "123", "FIDO");
	plug(scene, "hidraw3", PORT_A, "0003:1050:0407.0008", "", "OTHER");
	assert_int_equal(hidkey_find(scene->sysfs, key.identity, "", node, &found), -ENOENT);
	plug(scene, "hidraw4", PORT_A, "0003:1050:0407.0009", "", "FIDO");
	assert_int_equal(hidkey_find(scene->sysfs, key.identity, "", node, &found), 0);
	assert_string_equal(node, "hidraw4");
	assert_string_equal(found.instance, "0003:1050:0407.0009");
	/* One that said already that it is another one. */
	assert_int_equal(hidkey_find(scene->sysfs, key.identity, found.instance, node, &found),
			 -ENOENT);
}

static void test_strange_names(void **state)
{
	static const char *const names[] = {"",		  "hidraw",   "hidraw0/..",
					    "../hidraw0", "hidraw0x", "hidraw0123456789"};
	const struct scene *scene = *state;
	struct hidkey key;
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(hidkey_read(scene->sysfs, names[i], &key), -EINVAL);
	snprintf(path, sizeof(path), "%s/class/hidraw/hidraw9", scene->root);
	assert_int_equal(symlink("hidraw", path), 0);
	assert_int_equal(hidkey_read(scene->sysfs, "hidraw9", &key), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_very_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_looks_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strange_names, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
