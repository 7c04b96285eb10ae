/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file setting_file.h
 * The file that settings are written to: by one at a time, whole or not at
 * all, and so that what was there can be put back.
 */

#ifndef SETTING_FILE_H_
#define SETTING_FILE_H_

#include <library.h>

typedef struct setting_file_t setting_file_t;
typedef enum setting_back_t setting_back_t;

/**
 * What became of putting a file back.
 */
enum setting_back_t {
	/** it is as it was */
	SETTING_BACK,
	/** the change was confirmed in the meantime */
	SETTING_BACK_CONFIRMED,
	/** it isn't, which was said */
	SETTING_BACK_FAILED,
};

struct setting_file_t {

	/** its path, as it was given, and its text, "" if it isn't there */
	const char *file;
	const char *text;

	/**
	 * Replace the file by a text, unless somebody else has changed it. What was
	 * there is kept beside it until keep() or put_back(). Says what goes wrong,
	 * and then has changed nothing.
	 *
	 * @param text		new text
	 * @param secret	whether others shouldn't read it
	 * @param group		who has to read it nevertheless, -1 if root does
	 */
	bool (*replace)(setting_file_t *this, const char *text, bool secret,
					gid_t group);

	/**
	 * Has somebody else still written to what was replaced?
	 */
	bool (*is_changed)(setting_file_t *this);

	/**
	 * Put back what was there, unless somebody else has changed the file since.
	 */
	setting_back_t (*put_back)(setting_file_t *this);

	/**
	 * Keep the new text, as setting_file_confirm() does.
	 */
	void (*keep)(setting_file_t *this);

	/**
	 * Is it still to be kept or put back?
	 */
	bool (*is_pending)(setting_file_t *this);

	/**
	 * Watch whether it still is.
	 *
	 * @return			file descriptor to poll for input, -1 if it can't be
	 *					watched, which was said
	 */
	int (*watch)(setting_file_t *this);

	/**
	 * Have others write it, too, and destroy this.
	 */
	void (*destroy)(setting_file_t *this);
};

/**
 * Read a file.
 *
 * @param file			path of the file, which may not exist
 * @param write			FALSE if it won't be written
 * @return				NULL if it can't be read, or others write it, after
 *						saying so
 */
setting_file_t *setting_file_create(const char *file, bool write);

/**
 * Confirm what was written to a file.
 *
 * @return				FALSE if nothing waits for it, or it fails, after saying
 *						so
 */
bool setting_file_confirm(const char *file);

#endif /** SETTING_FILE_H_ */
