/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file log_file.h
 * Opens a file to append to, which may be where others may write.
 */

#ifndef LOG_FILE_H_
#define LOG_FILE_H_

/**
 * Open a file to append to, or create it with mode 0600. A symbolic link is
 * refused. One that is made as root is charon.user's, who couldn't open it
 * again otherwise. Never logs.
 *
 * @param path		path of the file
 * @param mode		O_WRONLY or O_RDWR
 * @return			-1 if it can't be opened, with errno
 */
int log_file_open(const char *path, int mode);

#endif /** LOG_FILE_H_ */
