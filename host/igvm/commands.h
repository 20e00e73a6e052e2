/* SPDX-License-Identifier: BSD-3-Clause */
/* The sub-commands. Each takes its own name as the first argument and returns the exit status. */
#ifndef IGVM_TOOL_COMMANDS_H
#define IGVM_TOOL_COMMANDS_H

int build_main(int count, char **arguments);
int dump_main(int count, char **arguments);
int measure_main(int count, char **arguments);
int verify_main(int count, char **arguments);
int sign_main(int count, char **arguments);
int diff_main(int count, char **arguments);

/* Says what is wrong with the arguments ("": getopt has said it), and where help is. Returns 2. */
int command_wrong(const char *command, const char *what);

#endif /* IGVM_TOOL_COMMANDS_H */
