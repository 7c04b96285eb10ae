/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_group.h
 * Which group a client is in, and what its attributes look like on the wire.
 */

#ifndef UNITY_EXT_GROUP_H_
#define UNITY_EXT_GROUP_H_

#include "unity_ext_settings.h"

#include <collections/array.h>

/**
 * Find the first group that matches a client. A group matches if each of its
 * lists does; groups does if any of the groups matches it.
 *
 * @param settings		settings in force
 * @param connection	name of the connection
 * @param id			remote identity, as it is printed in the log
 * @param groups		array of char*, groups the peer is a member of, or NULL
 * @return				group, NULL if there is none
 */
unity_ext_group_t *unity_ext_group_find(unity_ext_settings_t *settings,
										const char *connection,
										const char *id, array_t *groups);

/**
 * Check the values of a group that the option table can't, and read the file
 * of its banner.
 *
 * @param group			group, each single option is valid
 * @param errors		where to add what is wrong
 */
void unity_ext_group_check(unity_ext_group_t *group, option_errors_t *errors);

/**
 * Make the attributes that a group has, each type of Unity attribute once.
 *
 * @param group			group, checked
 * @param unity			attributes for IKEv1 and Unity, else for IKEv2
 * @param attrs			array of unity_ext_attr_t to append to
 */
void unity_ext_group_encode(unity_ext_group_t *group, bool unity,
							array_t *attrs);

#endif /** UNITY_EXT_GROUP_H_ */
