/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_commands.h
 * Commands that are about all plugins: version, status, stats and reload.
 */

#ifndef CONTROL_COMMANDS_H_
#define CONTROL_COMMANDS_H_

#include <offer.h>

typedef struct control_commands_t control_commands_t;

/**
 * Their functions take no lock of the registry's that their caller may hold.
 */
struct control_commands_t {

	/**
	 * Find a command.
	 *
	 * @param name		name of the command
	 * @return			command, to be run with this object as data; NULL if
	 *					there is none of this name
	 */
	const offer_command_t *(*find)(control_commands_t *this,
								   const char *name);

	/**
	 * Destroy a control_commands_t.
	 */
	void (*destroy)(control_commands_t *this);
};

/**
 * Create the commands. The registry has to be attached.
 */
control_commands_t *control_commands_create(void);

#endif /** CONTROL_COMMANDS_H_ */
