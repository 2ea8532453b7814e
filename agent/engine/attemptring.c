/* Documentation/bpf/ringbuf.rst: positions only grow, the data are mapped twice in a row so that a
 * record never breaks, each begins with its length and two bits. The kernel alone writes there; it
 * is trusted with its lengths, but not followed beyond the mapping. */
#include "attemptring.h"

#include "cleanup.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

static size_t mapped(size_t page)
{
	return page + 2 * (size_t)ATTEMPT_BYTES;
}

int attemptring_open(struct attemptring *ring, int fd, size_t page)
{
	void *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *producer;
	int r;

	if (consumer == MAP_FAILED)
		return -errno;
	producer = mmap(NULL, mapped(page), PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (producer == MAP_FAILED) {
		r = -errno;
		munmap(consumer, page);
		return r;
	}
	*ring = (struct attemptring){fd, consumer, producer, 0};
	ring->kept = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	return 0;
}

void attemptring_close(struct attemptring *ring, size_t page)
{
	if (ring->fd < 0)
		return;
	munmap(ring->consumer, page);
	munmap((void *)(uintptr_t)ring->producer, mapped(page));
	close(ring->fd);
	*ring = (struct attemptring){.fd = -1};
}

bool attemptring_take(struct attemptring *ring, size_t page, struct attempt *ret_attempt)
{
	const char *data = (const char *)ring->producer + page;
	unsigned long at = ring->fd < 0 ? 0 : *ring->consumer;
	bool found = false;

	while (ring->fd >= 0 && !found && at < __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE)) {
		const char *record = data + at % ATTEMPT_BYTES;
		uint32_t head = __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);
		uint32_t length = head & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (head & BPF_RINGBUF_BUSY_BIT)
			break;
		found = !(head & BPF_RINGBUF_DISCARD_BIT) && length == sizeof(*ret_attempt);
		if (found)
			memcpy(ret_attempt, record + BPF_RINGBUF_HDR_SZ, sizeof(*ret_attempt));
		at += ((unsigned long)length + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
		__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
	}
	return found;
}
