#include "qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

#define MARGIN 4 /* dots around the code: ISO/IEC 18004 section 6.3.8 */
#define DARK   1 /* libqrencode's lowest bit of a dot */

/* SGR of ECMA-48: bright white on black. */
#define COLOURS "\033[97;40m"
#define RESET	"\033[0m"

static bool is_light(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return true;
	return !(code->data[y * code->width + x] & DARK);
}

/* What is printed is the light; the code's dots are the gaps. */
static const char *cell(const QRcode *code, int x, int y, enum qr_style style)
{
	const bool upper = is_light(code, x, y);
	const bool lower = is_light(code, x, y + 1);

	if (style == QR_ASCII)
		return upper ? "##" : "  ";
	if (upper)
		return lower ? "█" : "▀";
	return lower ? "▄" : " ";
}

static int encode(const char *text, QRcode **ret_code)
{
	*ret_code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	if (*ret_code)
		return 0;
	return errno == ERANGE ? -E2BIG : -ENOMEM;
}

/* It shows a secret. */
static void wipe(QRcode *code)
{
	explicit_bzero(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
}

int qr_measure(const char *text, enum qr_style style, struct qr_extent *ret_extent)
{
	unsigned int dots;
	QRcode *code;
	int r = encode(text, &code);

	if (r < 0)
		return r;
	dots = (unsigned int)code->width + 2 * MARGIN;
	wipe(code);
	*ret_extent = style == QR_ASCII ? (struct qr_extent){dots, 2 * dots}
					: (struct qr_extent){(dots + 1) / 2, dots};
	return 0;
}

int qr_write(FILE *stream, const char *text, enum qr_style style, bool colour)
{
	const int step = style == QR_ASCII ? 1 : 2;
	QRcode *code;
	int r = encode(text, &code);

	if (r < 0)
		return r;
	for (int y = -MARGIN; y < code->width + MARGIN; y += step) {
		fputs(colour ? COLOURS : "", stream);
		for (int x = -MARGIN; x < code->width + MARGIN; x++)
			fputs(cell(code, x, y, style), stream);
		fputs(colour ? RESET "\n" : "\n", stream);
	}
	wipe(code);
	return fflush(stream) == 0 ? 0 : -EIO;
}
