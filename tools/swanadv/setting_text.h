/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file setting_text.h
 * Changes the text of a file of strongswan.conf, and leaves alone what it isn't
 * told to change.
 */

#ifndef SETTING_TEXT_H_
#define SETTING_TEXT_H_

#include <library.h>

/**
 * Set a key: in the place where it is set already, else in its section, which
 * is added if it isn't there.
 *
 * @param file			file that the text is for
 * @param text			text of it, charon can read it
 * @param key			key with its sections
 * @param value			value, any text
 * @return				new text, to be freed
 */
char *setting_text_set(const char *file, const char *text, const char *key,
					   const char *value);

/**
 * Remove a key or section, and the sections around it that are left with
 * nothing in them, not even a comment.
 *
 * @param file			file that the text is for
 * @param text			text of it, charon can read it
 * @param key			key or section
 * @return				new text, to be freed
 */
char *setting_text_unset(const char *file, const char *text, const char *key);

#endif /** SETTING_TEXT_H_ */
