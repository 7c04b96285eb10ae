/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "setting_file.h"
#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct private_setting_file_t private_setting_file_t;

/**
 * What is in the file of a lock while its owner waits to be confirmed.
 */
#define WAITS "waits\n"

/**
 * Files that are beside one: they begin with a dot, so that no pattern of an
 * include statement finds them.
 */
typedef struct {
	/** it, without symbolic links */
	char *path;
	char *folder;
	/** it in the making; what was there, until the change is confirmed; and
	 * the one who writes */
	char *new;
	char *old;
	char *lock;
} paths_t;

struct private_setting_file_t {
	setting_file_t public;
	paths_t paths;
	/** what was read, and whether there was anything */
	char *before;
	bool existed;
	struct stat st;
	/** what was written, NULL if nothing was */
	char *after;
	/** -1 if it isn't locked or watched */
	int lock;
	int watched;
};

/**
 * Get the path of a file beside another one, to be freed.
 */
static char *get_beside(const char *path, const char *suffix)
{
	const char *name = strrchr(path, '/') + 1;
	char *beside;

	return asprintf(&beside, "%.*s.%s.%s", (int)(name - path), path, name,
					suffix) < 0 ? NULL : beside;
}

static void free_paths(paths_t *paths)
{
	free(paths->path);
	free(paths->folder);
	free(paths->new);
	free(paths->old);
	free(paths->lock);
}

/**
 * Find out which files there are about one.
 *
 * @return				FALSE if its folder isn't there, after saying so
 */
static bool get_paths(const char *file, paths_t *paths)
{
	char *copy = strdup(file), *folder;

	*paths = (paths_t){
		.path = realpath(file, NULL),
	};
	if (!paths->path)
	{
		folder = realpath(dirname(copy), NULL);
		if (!folder || asprintf(&paths->path, "%s/%s", streq(folder, "/")
								? "" : folder, basename((char*)file)) < 0)
		{
			complain("%s: can't be written: %s", file, strerror(errno));
			paths->path = NULL;
		}
		free(folder);
	}
	free(copy);
	if (!paths->path)
	{
		return FALSE;
	}
	copy = strdup(paths->path);
	paths->folder = strdup(dirname(copy));
	free(copy);
	paths->new = get_beside(paths->path, "new");
	paths->old = get_beside(paths->path, "old");
	paths->lock = get_beside(paths->path, "lock");
	return TRUE;
}

/**
 * Read all of a file.
 *
 * @param st			gets what it is
 * @return				to be freed, NULL if it can't be, with errno
 */
static char *read_all(const char *path, struct stat *st)
{
	char *text = NULL, buf[4096];
	ssize_t len;
	size_t size;
	FILE *out;
	int fd, error = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
	{
		return NULL;
	}
	out = open_memstream(&text, &size);
	if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))
	{
		error = EINVAL;
	}
	while (!error && (len = read(fd, buf, sizeof(buf))) != 0)
	{
		if (len < 0 || memchr(buf, '\0', len))
		{	/* charon would read it up to there */
			error = len < 0 ? errno : EILSEQ;
			break;
		}
		fwrite(buf, 1, len, out);
	}
	fclose(out);
	close(fd);
	if (error)
	{
		free(text);
		text = NULL;
		errno = error;
	}
	return text;
}

/**
 * Does a file have a text?
 *
 * @param text			NULL if it shouldn't be there
 */
static bool has_text(const char *path, const char *text)
{
	struct stat st;
	char *now;
	bool same;

	now = read_all(path, &st);
	same = now && text ? streq(now, text) : !now && !text && errno == ENOENT;
	free(now);
	return same;
}

/**
 * Have changes of the folder last.
 */
static void sync_folder(private_setting_file_t *this)
{
	int fd = open(this->paths.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
	{
		fsync(fd);
		close(fd);
	}
}

/**
 * Write a text to a file that is the file's then.
 *
 * @return				FALSE if it can't be, with errno
 */
static bool write_text(private_setting_file_t *this, const char *text,
					   bool secret, gid_t group)
{
	mode_t mode = 0644;
	uid_t owner = -1;
	size_t len = strlen(text);
	ssize_t done;
	bool good;
	int fd;

	if (this->existed)
	{
		mode = this->st.st_mode & 07777;
		owner = this->st.st_uid;
	}
	if (secret && mode & 0007)
	{	/* charon may read it again as somebody else than root */
		mode &= group == (gid_t)-1 ? ~0077 : ~0037;
	}
	else
	{
		group = this->existed ? this->st.st_gid : -1;
	}
	unlink(this->paths.new);
	fd = open(this->paths.new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
	{
		return FALSE;
	}
	good = fchown(fd, owner, group) == 0;
	good = good && fchmod(fd, mode) == 0;
	while (good && len)
	{
		done = write(fd, text, len);
		good = done > 0;
		text += good ? done : 0;
		len -= good ? done : 0;
	}
	good = good && fsync(fd) == 0;
	return close(fd) == 0 && good;
}

/**
 * Keep what is there, under another name.
 *
 * @return				FALSE if it can't be, with errno
 */
static bool save(private_setting_file_t *this)
{
	int fd;

	if (this->existed)
	{
		return link(this->paths.path, this->paths.old) == 0;
	}
	fd = open(this->paths.old, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 && close(fd) == 0;
}

/**
 * Replace the file by the new one if it is what was saved.
 *
 * @return				FALSE if it isn't, with errno EEXIST, or can't be
 */
static bool swap(private_setting_file_t *this)
{
	const char *path = this->paths.path, *new = this->paths.new;
	struct stat swapped, old;

	if (!this->existed)
	{
		return renameat2(AT_FDCWD, new, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
	}
	if (renameat2(AT_FDCWD, new, AT_FDCWD, path, RENAME_EXCHANGE) != 0)
	{	/* not every file system can */
		return errno == EINVAL && rename(new, path) == 0;
	}
	if (stat(new, &swapped) == 0 && stat(this->paths.old, &old) == 0 &&
		swapped.st_ino != old.st_ino)
	{
		ignore_result(rename(new, path));
		errno = EEXIST;
		return FALSE;
	}
	unlink(new);
	return TRUE;
}

METHOD(setting_file_t, replace_, bool,
	private_setting_file_t *this, const char *text, bool secret, gid_t group)
{
	bool done = FALSE;

	if (!write_text(this, text, secret, group))
	{
		complain("%s: can't be written: %s", this->paths.new, strerror(errno));
	}
	else if (!has_text(this->paths.path, this->existed ? this->before : NULL))
	{
		complain("%s: somebody else has changed it meanwhile, try again",
				 this->public.file);
	}
	else if (!save(this))
	{
		complain("%s: can't be written: %s", this->paths.old, strerror(errno));
	}
	else if (!swap(this))
	{
		complain("%s: can't be replaced: %s", this->public.file,
				 errno == EEXIST ? "somebody else has changed it meanwhile"
								 : strerror(errno));
		unlink(this->paths.old);
	}
	else
	{
		this->after = strdup(text);
		sync_folder(this);
		done = TRUE;
	}
	if (!done)
	{
		unlink(this->paths.new);
	}
	return done;
}

METHOD(setting_file_t, is_pending, bool,
	private_setting_file_t *this)
{
	return access(this->paths.old, F_OK) == 0;
}

METHOD(setting_file_t, is_changed, bool,
	private_setting_file_t *this)
{
	/* one who had it open already writes to it where it is now */
	return !has_text(this->paths.old, this->before) && is_pending(this);
}

METHOD(setting_file_t, put_back, setting_back_t,
	private_setting_file_t *this)
{
	if (!has_text(this->paths.path, this->after))
	{
		complain("%s: somebody else has changed it meanwhile, so it stays; %s "
				 "is what was there before", this->public.file,
				 this->paths.old);
		return SETTING_BACK_FAILED;
	}
	/* with either, only this or who confirms has it done */
	if ((this->existed ? rename(this->paths.old, this->paths.path)
					   : unlink(this->paths.old)) != 0)
	{
		if (errno == ENOENT)
		{
			return SETTING_BACK_CONFIRMED;
		}
		complain("%s: can't be put back: %s", this->public.file,
				 strerror(errno));
		return SETTING_BACK_FAILED;
	}
	if (!this->existed)
	{
		unlink(this->paths.path);
	}
	sync_folder(this);
	return SETTING_BACK;
}

METHOD(setting_file_t, keep, void,
	private_setting_file_t *this)
{
	unlink(this->paths.old);
	sync_folder(this);
}

METHOD(setting_file_t, watch_, int,
	private_setting_file_t *this)
{
	char buf[4096];

	if (this->watched >= 0)
	{	/* what was told before */
		while (read(this->watched, buf, sizeof(buf)) > 0);
		return this->watched;
	}
	/* from now on, and not while charon loads it, it may be confirmed */
	ignore_result(write(this->lock, WAITS, strlen(WAITS)));
	this->watched = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (this->watched < 0 ||
		inotify_add_watch(this->watched, this->paths.folder,
						  IN_DELETE | IN_MOVED_FROM) < 0)
	{
		complain("%s: can't be watched: %s", this->paths.folder,
				 strerror(errno));
		return -1;
	}
	return this->watched;
}

METHOD(setting_file_t, destroy, void,
	private_setting_file_t *this)
{
	if (this->lock >= 0)
	{
		unlink(this->paths.lock);
		close(this->lock);
	}
	if (this->watched >= 0)
	{
		close(this->watched);
	}
	free_paths(&this->paths);
	free(this->before);
	free(this->after);
	free(this);
}

/**
 * Be the only one who writes the file.
 *
 * @return				FALSE if that isn't so, after saying why
 */
static bool lock(private_setting_file_t *this)
{
	const char *path = this->paths.lock;
	struct stat st, now;

	while (TRUE)
	{
		this->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
						  0600);
		if (this->lock < 0)
		{
			complain("%s: can't be written: %s", path, strerror(errno));
			return FALSE;
		}
		if (flock(this->lock, LOCK_EX | LOCK_NB) == 0 &&
			fstat(this->lock, &st) == 0)
		{
			if (stat(path, &now) == 0 && now.st_ino == st.st_ino)
			{
				break;
			}	/* else the other one has just removed it */
		}
		else
		{
			complain("%s: another swanadv writes it, or waits for 'swanadv "
					 "setting confirm'", this->public.file);
			close(this->lock);
			this->lock = -1;
			return FALSE;
		}
		close(this->lock);
	}
	if (is_pending(this))
	{
		complain("%s: a swanadv that changed it was killed: 'swanadv setting "
				 "confirm' keeps the change, and with %s in its place and a "
				 "reload it is as before", this->public.file, this->paths.old);
		return FALSE;
	}
	return TRUE;
}

/**
 * Read the file.
 *
 * @return				FALSE if it can't be, after saying so
 */
static bool read_file(private_setting_file_t *this)
{
	this->before = read_all(this->paths.path, &this->st);
	this->existed = this->before != NULL;
	if (!this->existed && errno != ENOENT)
	{
		complain("%s: can't be read: %s", this->public.file,
				 errno == EINVAL ? "isn't a regular file" :
				 errno == EILSEQ ? "a NUL byte is in it" : strerror(errno));
		return FALSE;
	}
	this->before = this->before ?: strdup("");
	this->public.text = this->before;
	return TRUE;
}

setting_file_t *setting_file_create(const char *file, bool write)
{
	private_setting_file_t *this;

	INIT(this,
		.public = {
			.file = file,
			.replace = _replace_,
			.is_changed = _is_changed,
			.put_back = _put_back,
			.keep = _keep,
			.is_pending = _is_pending,
			.watch = _watch_,
			.destroy = _destroy,
		},
		.lock = -1,
		.watched = -1,
	);
	if (!get_paths(file, &this->paths) || (write && !lock(this)) ||
		!read_file(this))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}

/**
 * Is there one who writes, and isn't done yet?
 */
static bool is_busy(paths_t *paths)
{
	struct stat st;
	bool busy = FALSE;
	int fd;

	fd = open(paths->lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0)
	{
		busy = flock(fd, LOCK_SH | LOCK_NB) != 0 && fstat(fd, &st) == 0 &&
			   !st.st_size;
		close(fd);
	}
	return busy;
}

bool setting_file_confirm(const char *file)
{
	paths_t paths;
	bool done = FALSE;

	if (!get_paths(file, &paths))
	{
		return FALSE;
	}
	if (is_busy(&paths))
	{
		complain("%s: another swanadv writes it, try again", file);
	}
	else
	{
		done = unlink(paths.old) == 0;
		if (!done)
		{
			complain("%s: %s%s", file, errno == ENOENT ?
					 "nothing waits to be confirmed" : "can't be confirmed: ",
					 errno == ENOENT ? "" : strerror(errno));
		}
	}
	free_paths(&paths);
	return done;
}
