/* `sekisho policy`: one file a verb. @argv[0] is the verb; getopt may be used, optind is 1. */
#ifndef SEKISHO_POLICY_H
#define SEKISHO_POLICY_H

int policy_check(int argc, char **argv);
int policy_test(int argc, char **argv);
int policy_simulate(int argc, char **argv);
int policy_import(int argc, char **argv);

#endif
