/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_nft.h"

#include <nftables/libnftables.h>

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct private_filtermode_nft_t private_filtermode_nft_t;

struct private_filtermode_nft_t {
	filtermode_nft_t public;
	/** libnftables' context */
	struct nft_ctx *ctx;
};

/**
 * How nft lists everything.
 */
#define OUTPUT_FLAGS (NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_NUMERIC_ALL)

/**
 * What it calls what there is to list, and how it lists that.
 */
static const struct {
	const char *what;
	u_int flags;
} lists[] = {
	[FILTERMODE_LIST_TABLES] = { "tables inet", 0 },
	[FILTERMODE_LIST_TABLE] = { "table inet", NFT_CTX_OUTPUT_TERSE |
											  NFT_CTX_OUTPUT_STATELESS },
	[FILTERMODE_LIST_COUNTERS] = { "table inet", NFT_CTX_OUTPUT_TERSE },
	[FILTERMODE_LIST_SET] = { "set inet", NFT_CTX_OUTPUT_STATELESS },
	[FILTERMODE_LIST_OTHERS_TABLE] = { "table", NFT_CTX_OUTPUT_TERSE |
												NFT_CTX_OUTPUT_STATELESS },
	[FILTERMODE_LIST_OTHERS_SET] = { "set", NFT_CTX_OUTPUT_STATELESS },
};

/**
 * Get the first message of nft's: FILE:LINE:COLUMNS: Error: MESSAGE, with the
 * position left out for a buffer.
 */
static void parse_error(const char *text, filtermode_nft_error_t *error)
{
	const char *message = strstr(text, "Error: ");

	error->line = 0;
	if (!message)
	{
		message = text;
	}
	else
	{
		message += strlen("Error: ");
		sscanf(text, "%*[^:]:%u:", &error->line);
	}
	snprintf(error->message, sizeof(error->message), "%.*s",
			 (int)strcspn(message, "\n"), message);
	if (!error->message[0])
	{
		snprintf(error->message, sizeof(error->message), "no reason given");
	}
}

/**
 * Run commands from a file in memory: only then nft says which line is wrong.
 *
 * @return			TRUE if they were carried out
 */
static bool run_from_file(private_filtermode_nft_t *this, const char *commands,
						  filtermode_nft_error_t *error)
{
	size_t len = strlen(commands);
	bool success = FALSE;
	char path[64];
	int fd;

	fd = memfd_create("filtermode", MFD_CLOEXEC);
	if (fd < 0)
	{
		return FALSE;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, commands, len) == len)
	{
		success = nft_run_cmd_from_filename(this->ctx, path) == 0;
		if (!success)
		{
			parse_error(nft_ctx_get_error_buffer(this->ctx), error);
		}
	}
	close(fd);
	return success;
}

METHOD(filtermode_nft_t, run, bool,
	private_filtermode_nft_t *this, const char *commands,
	filtermode_nft_error_t *error)
{
	if (nft_run_cmd_from_buffer(this->ctx, commands) == 0)
	{
		return TRUE;
	}
	if (!error)
	{
		return FALSE;
	}
	parse_error(nft_ctx_get_error_buffer(this->ctx), error);
	return run_from_file(this, commands, error);
}

METHOD(filtermode_nft_t, list, char*,
	private_filtermode_nft_t *this, filtermode_list_t what, const char *table,
	const char *set, filtermode_nft_error_t *error)
{
	char command[BUF_LEN];

	nft_ctx_output_set_flags(this->ctx, OUTPUT_FLAGS | lists[what].flags);
	snprintf(command, sizeof(command), "list %s %s %s", lists[what].what,
			 table, set);
	if (nft_run_cmd_from_buffer(this->ctx, command) != 0)
	{
		if (error)
		{
			parse_error(nft_ctx_get_error_buffer(this->ctx), error);
		}
		return NULL;
	}
	return strdup(nft_ctx_get_output_buffer(this->ctx));
}

METHOD(filtermode_nft_t, destroy, void,
	private_filtermode_nft_t *this)
{
	if (this->ctx)
	{
		nft_ctx_free(this->ctx);
	}
	free(this);
}

bool filtermode_nft_error_is_word(filtermode_nft_error_t *error,
								  const char *name)
{
	static const char start[] = "syntax error, unexpected ";
	size_t len = strlen(name);
	const char *word;

	/* before 1.1 it says what it expected, too */
	word = error->message + strlen(start);
	return strpfx(error->message, start) && strneq(word, name, len) &&
		   (!word[len] || word[len] == ',');
}

bool filtermode_nft_error_is(filtermode_nft_error_t *error, int number)
{
	/* nft may add to the kernel's reason */
	return strstr(error->message, strerror(number));
}

filtermode_nft_t *filtermode_nft_create()
{
	private_filtermode_nft_t *this;

	INIT(this,
		.public = {
			.run = _run,
			.list = _list,
			.destroy = _destroy,
		},
		.ctx = nft_ctx_new(NFT_CTX_DEFAULT),
	);
	if (!this->ctx || nft_ctx_buffer_output(this->ctx) ||
		nft_ctx_buffer_error(this->ctx))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
