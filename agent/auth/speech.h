/* Which language a log-in is spoken in, where the configuration leaves it open. */
#ifndef SEKISHO_SPEECH_H
#define SEKISHO_SPEECH_H

#include "protocol.h"

#include <stdbool.h>
#include <sys/types.h>

#define SPEECH_TTY 16

/* From a process' line in /proc/PID/stat (proc_pid_stat(5)): "tty3" where that text console is its
 * controlling terminal, else "". Pure. */
void speech_console(const char *stat, char tty[static SPEECH_TTY]);

/* Whether it is Japanese. A program that names no locale, as polkit's helper, which empties its
 * environment, speaks the terminal's language: that of our own environment, which systemd fills
 * from /etc/default/locale; whether it is on a text console without glyphs for kanji is then told
 * by the controlling terminal of @pid, where the program names none. */
bool speech_japanese(const struct auth_hello *hello, pid_t pid);

#endif
