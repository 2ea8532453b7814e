"""A desktop's programs in the machine, unpacked over its root and not installed: no boot of the lab's system pays for
them. What their maintainers' scripts do is in CONFIGURE_*, as far as a log-in needs it."""

import os
import shutil
import struct
import zlib

from debian_root import digest, run
from lab import file_hash
from system import BUILD, HERE, cached

PICTURES = os.path.join(BUILD, "pictures")	# of the screens that tests saw
GLIB = "libglib2.0-0"
POLKIT = ("polkitd", "pkexec", "libpolkit-agent-1-0", "libpolkit-gobject-1-0", "libduktape207", "libexpat1", GLIB)
# One font, and the locale that Debian compiles at the installation.
JAPANESE = ("fonts-motoya-l-cedar", "locales")
X11 = ("xvfb", "x11-xkb-utils", "xkb-data", "libgl1", "libglvnd0", "libglx0", "libpixman-1-0", "libunwind8", "libxfont2",
       "libfontenc1", "libxau6", "libxdmcp6", "libbsd0", "libmd0", "libx11-6", "libx11-data", "libxcb1", "libxkbfile1",
       "libxext6", "libfontconfig1", "fontconfig-config", "libfreetype6", "libpng16-16", "libbrotli1", "xdotool", "libxdo3",
       "libxtst6", "libxi6", "libxinerama1", "libxkbcommon0", "libxrender1")
LOCKER = ("xsecurelock", "libxft2", "libxcomposite1", "libxfixes3", "libxmuu1", "libxrandr2", "libxss1")
LIGHTDM = ("lightdm", "lightdm-gtk-greeter", "liblightdm-gobject-1-0", "libayatana-indicator3-7", "libayatana-ido3-0.4-0",
           "libxklavier16", GLIB, "libgtk-3-0", "libgtk-3-common", "libatk1.0-0", "libatk-bridge2.0-0", "libatspi2.0-0", "at-spi2-core",
           "libcairo2", "libcairo-gobject2", "libxcb-render0", "libxcb-shm0", "libgdk-pixbuf-2.0-0", "libjpeg62-turbo", "libtiff6",
           "libwebp7", "libjbig0", "liblerc4", "libdeflate0", "libpango-1.0-0", "libpangocairo-1.0-0", "libpangoft2-1.0-0",
           "libharfbuzz0b", "libgraphite2-3", "libfribidi0", "libthai0", "libthai-data", "libdatrie1", "libepoxy0", "libcolord2",
           "liblcms2-2", "libcups2", "libavahi-client3", "libavahi-common3", "libwayland-client0", "libwayland-cursor0",
           "libwayland-egl1", "libxcomposite1", "libxcursor1", "libxdamage1", "libxfixes3", "libxrandr2", "libxml2", "libicu72", "shared-mime-info",
           "gsettings-desktop-schemas")
# Nothing of it is asked for.
UNWANTED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/i18n", "usr/share/lintian", "usr/share/gir-1.0",
            "usr/share/X11/locale", "usr/share/bash-completion", "packages", ".done")
CONFIGURE_POLKIT = """set -e; ldconfig; systemd-sysusers polkitd.conf; chown root:polkitd /etc/polkit-1/rules.d
chmod 750 /etc/polkit-1/rules.d; chmod 4755 /usr/bin/pkexec /usr/lib/polkit-1/polkit-agent-helper-1
systemctl daemon-reload; systemctl reload dbus"""

CONFIGURE_LIGHTDM = """set -e; ldconfig; useradd -r -U -M -d /var/lib/lightdm -s /bin/false lightdm; mkdir -p /var/lib/lightdm /etc/lightdm/lightdm.conf.d
chown lightdm: /var/lib/lightdm; chmod 750 /var/lib/lightdm; ln -sf lightdm-gtk-greeter.desktop /usr/share/xgreeters/lightdm-greeter.desktop
printf '[greeter]\nbackground=#204060\n' >/etc/lightdm/lightdm-gtk-greeter.conf; systemctl daemon-reload; systemctl reload dbus"""


def tree(name, packages, japanese=False):
    """The packages' files, as they lie in the machine, below a directory."""
    def make(directory):
        unpacked = os.path.join(BUILD, "desktop-" + name)
        run([os.path.join(HERE, "../host/unpacked"), unpacked, *packages])
        # The machine's /lib is a link.
        for entry in sorted(os.listdir(unpacked)):
            if entry in ("lib", "bin", "sbin", "lib64"):
                shutil.copytree(os.path.join(unpacked, entry), os.path.join(directory, "usr", entry), symlinks=True, dirs_exist_ok=True)
            elif os.path.isdir(os.path.join(unpacked, entry)) and entry != "packages":
                shutil.copytree(os.path.join(unpacked, entry), os.path.join(directory, entry), symlinks=True, dirs_exist_ok=True)
        if japanese:
            os.makedirs(os.path.join(directory, "usr/lib/locale"), exist_ok=True)
            run(["localedef", "--no-archive", "-i", "ja_JP", "-f", "UTF-8", os.path.join(directory, "usr/lib/locale/ja_JP.utf8")],
                env=dict(os.environ, I18NPATH=os.path.join(unpacked, "usr/share/i18n")))
        libraries = os.path.join(directory, "usr/lib/x86_64-linux-gnu")
        # What packages' triggers make. GTK loads no picture, and its bus for screen readers does not start, without.
        for program, place in (("usr/bin/update-mime-database", "usr/share/mime"),
                               ("usr/lib/x86_64-linux-gnu/glib-2.0/glib-compile-schemas", "usr/share/glib-2.0/schemas")):
            if os.path.exists(os.path.join(directory, place)):
                run([os.path.join(directory, program), os.path.join(directory, place)], env=dict(os.environ, LD_LIBRARY_PATH=libraries))
        for path in UNWANTED:
            shutil.rmtree(os.path.join(directory, path), ignore_errors=True)
    return cached("desktop", name + "-" + digest(packages, japanese, file_hash(os.path.realpath(__file__))), make)


def put(vm, directory):
    """Lays the files of a tree over the machine's own."""
    for entry in sorted(os.listdir(directory)):
        if os.path.isdir(os.path.join(directory, entry)):
            vm.put(os.path.join(directory, entry), "/" + entry)


def put_polkit(vm):
    """polkitd, pkexec and their setuid programs; the bus starts the daemon at need."""
    put(vm, tree("polkit", POLKIT))
    vm.output(CONFIGURE_POLKIT)


def put_screen(vm):
    """An X server that draws into memory, a font for kanji, and what types there."""
    put(vm, tree("x11", X11))
    put(vm, tree("japanese", JAPANESE, japanese=True))
    vm.output("ldconfig; mkdir -p /run/screen /tmp/.X11-unix; chmod 777 /run/screen; chmod 1777 /tmp/.X11-unix")


def put_lightdm(vm):
    """LightDM, not started, with its GTK greeter."""
    put(vm, tree("lightdm", LIGHTDM))
    vm.output(CONFIGURE_LIGHTDM)


def type_text(vm, display, text):
    """Types as a keyboard would (XTEST), and Enter."""
    vm.output("export %s; xdotool type --delay 80 '%s' && xdotool key Return" % (display, text))


def picture(vm, path):
    """Writes what stands on the screen as a PNG; returns its lines of RGB bytes."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    raw = path + ".xwd"
    vm.get("/run/screen/Xvfb_screen0", raw)
    with open(raw, "rb") as file:
        data = file.read()
    os.unlink(raw)
    # XWDFile.h: the header's size, then 24 numbers more; a name; the colours, 12 bytes each; the picture.
    header = struct.unpack(">25L", data[:100])
    width, height, order, pitch, colours = header[4], header[5], header[7], header[12], header[19]
    start = header[0] + 12 * colours
    assert header[11] == 32, header
    lines = []
    for row in range(height):
        line = data[start + row * pitch:start + row * pitch + 4 * width]
        planes = (line[2::4], line[1::4], line[0::4]) if order == 0 else (line[1::4], line[2::4], line[3::4])
        rgb = bytearray(3 * width)
        for index, plane in enumerate(planes):
            rgb[index::3] = plane
        lines.append(bytes(rgb))
    write_png(path, width, height, lines)
    return lines


def write_png(path, width, height, lines):
    """RGB, 8 bits each, no filter."""
    def chunk(kind, content):
        return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(b"".join(b"\0" + line for line in lines))) + chunk(b"IEND", b""))
