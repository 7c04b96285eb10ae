/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_table.h"
#include "filtermode_listing.h"
#include "filtermode_nft.h"
#include "filtermode_probe.h"

#include <errno.h>

typedef struct private_filtermode_table_t private_filtermode_table_t;

struct private_filtermode_table_t {
	filtermode_table_t public;
	/** commands to nftables */
	filtermode_nft_t *nft;
	/** CHILD_SAs for the sets */
	filtermode_children_t *children;
	/** what is installed, NULL for nothing */
	filtermode_ruleset_t *ruleset;
	/** How nft listed that when it was installed, with handles: a rule that was
	 * removed and added again has another one. Elements of sets aren't part of
	 * it, these are known anyway or can't change. NULL if it can't be
	 * trusted. */
	char *snapshot;
};

/**
 * List the table.
 *
 * @return			NULL if it is missing
 */
static char *list(private_filtermode_table_t *this, filtermode_list_t what)
{
	return this->nft->list(this->nft, what, this->ruleset->settings->table, "",
						   NULL);
}

/**
 * Is there a table of ours of this name?
 */
static bool is_ours(private_filtermode_table_t *this, const char *name)
{
	char *listing;
	bool ours;

	listing = this->nft->list(this->nft, FILTERMODE_LIST_TABLE, name, "", NULL);
	ours = listing && filtermode_listing_is_ours(listing);
	free(listing);
	return ours;
}

/**
 * Have our sets the elements that they should have?
 */
static bool are_sets_intact(private_filtermode_table_t *this)
{
	const char *name = this->ruleset->settings->table;
	filtermode_set_t *set;
	bool intact = TRUE;
	char *listing;
	u_int i;

	for (i = 0; intact && i < array_count(this->ruleset->sets); i++)
	{
		array_get(this->ruleset->sets, i, &set);
		listing = this->nft->list(this->nft, FILTERMODE_LIST_SET, name,
								  set->name, NULL);
		intact = listing && this->children->are_elements(this->children, i,
														 listing);
		free(listing);
	}
	return intact;
}

/**
 * Use another ruleset from now on.
 */
static void use(private_filtermode_table_t *this, filtermode_ruleset_t *ruleset)
{
	if (ruleset)
	{
		filtermode_ruleset_ref(ruleset);
	}
	filtermode_ruleset_unref(this->ruleset);
	this->ruleset = ruleset;
	this->children->use(this->children, ruleset);
}

/**
 * What to do about a file that wants in postrouting what nft can't do there.
 */
#define REJECT_ELSEWHERE "; move what rejects to chain reject-out"

/**
 * Say why a transaction failed.
 *
 * @param ruleset	what it was to install, NULL for nothing
 * @param before	number of lines before that
 */
static void explain(private_filtermode_table_t *this,
					filtermode_ruleset_t *ruleset, u_int before,
					filtermode_nft_error_t *error, char *buf, size_t len)
{
	bool unsupported;
	u_int line;

	unsupported = ruleset && ruleset->file_lines &&
				  filtermode_nft_error_is(error, EOPNOTSUPP);
	if (ruleset && ruleset->file_lines)
	{
		line = error->line - before - ruleset->file_line;
		if (error->line && line < ruleset->file_lines)
		{
			snprintf(buf, len, "rules_file = \"%s\": line %u: %s%s",
					 ruleset->settings->rules_file, line + 1, error->message,
					 unsupported ? REJECT_ELSEWHERE : "");
			return;
		}
	}
	if (filtermode_probe(this->nft, buf, len))
	{
		return;
	}
	if (unsupported)
	{	/* which line that is only the kernel knows */
		snprintf(buf, len, "rules_file = \"%s\": nft can't do in ipsec-out "
				 "all that is there: %s" REJECT_ELSEWHERE,
				 ruleset->settings->rules_file, error->message);
	}
	else
	{
		snprintf(buf, len, "nftables refused the rules: %s", error->message);
	}
}

/**
 * Get what is there under the name of a ruleset's table.
 *
 * @param listing	set to how nft lists that, NULL if it is nothing
 * @return			FALSE if it isn't ours, or can't be listed
 */
static bool list_existing(private_filtermode_table_t *this,
						  filtermode_ruleset_t *ruleset, char **listing,
						  char *buf, size_t len)
{
	const char *name = ruleset->settings->table;
	filtermode_nft_error_t error;

	*listing = this->nft->list(this->nft, FILTERMODE_LIST_TABLE, name, "",
							   &error);
	if (!*listing)
	{
		if (filtermode_nft_error_is(&error, ENOENT))
		{
			return TRUE;
		}
		if (filtermode_nft_error_is_word(&error, name))
		{
			snprintf(buf, len, "table = \"%s\": " FILTERMODE_WORD, name);
			return FALSE;
		}
		explain(this, NULL, 0, &error, buf, len);
		return FALSE;
	}
	if (filtermode_listing_is_ours(*listing) ||
		(this->ruleset && streq(this->ruleset->settings->table, name)))
	{
		return TRUE;
	}
	snprintf(buf, len, "table = \"%s\": there is such a table that isn't ours, "
			 "expected another name", name);
	free(*listing);
	return FALSE;
}

METHOD(filtermode_table_t, install, bool,
	private_filtermode_table_t *this, filtermode_ruleset_t *ruleset,
	char *buf, size_t size)
{
	filtermode_nft_error_t error;
	char *listing = NULL, *commands = NULL, *pos;
	u_int before = 0;
	size_t len;
	FILE *out;
	bool success;

	if (ruleset && !list_existing(this, ruleset, &listing, buf, size))
	{
		return FALSE;
	}
	out = open_memstream(&commands, &len);
	if (listing)
	{
		filtermode_listing_print_clear(listing, ruleset->settings->table,
									   ruleset->text, out);
	}
	fflush(out);
	for (pos = commands; *pos; pos++)
	{
		before += *pos == '\n';
	}
	if (ruleset)
	{
		fputs(ruleset->text, out);
		this->children->print_all(this->children, ruleset, out);
	}
	if (this->ruleset && (!ruleset || !streq(this->ruleset->settings->table,
											 ruleset->settings->table)))
	{	/* the addition is for the case that it isn't there any more */
		fprintf(out, "add table inet %1$s\ndelete table inet %1$s\n",
				this->ruleset->settings->table);
	}
	fclose(out);
	success = this->nft->run(this->nft, commands, &error);
	if (success)
	{
		use(this, ruleset);
		free(this->snapshot);
		this->snapshot = ruleset ? list(this, FILTERMODE_LIST_TABLE) : NULL;
	}
	else
	{
		explain(this, ruleset, before, &error, buf, size);
	}
	free(commands);
	free(listing);
	return success;
}

METHOD(filtermode_table_t, distrust, void,
	private_filtermode_table_t *this)
{
	free(this->snapshot);
	this->snapshot = NULL;
}

METHOD(filtermode_table_t, update, bool,
	private_filtermode_table_t *this)
{
	char *commands = NULL;
	bool success = TRUE;
	size_t len;
	FILE *out;

	out = open_memstream(&commands, &len);
	if (this->children->print_changes(this->children, out))
	{
		fflush(out);
		success = this->nft->run(this->nft, commands, NULL);
	}
	fclose(out);
	free(commands);
	if (!success)
	{
		distrust(this);
	}
	else if (!this->ruleset || this->snapshot)
	{
		this->children->settle(this->children);
	}
	return success;
}

METHOD(filtermode_table_t, is_intact, bool,
	private_filtermode_table_t *this)
{
	char *now;
	bool intact;

	if (!this->ruleset)
	{
		return TRUE;
	}
	now = list(this, FILTERMODE_LIST_TABLE);
	intact = now && this->snapshot && streq(now, this->snapshot) &&
			 are_sets_intact(this);
	free(now);
	return intact;
}

METHOD(filtermode_table_t, list_counters, char*,
	private_filtermode_table_t *this)
{
	return this->ruleset ? list(this, FILTERMODE_LIST_COUNTERS) : NULL;
}

METHOD(filtermode_table_t, remove_stale, void,
	private_filtermode_table_t *this, const char *name)
{
	char command[BUF_LEN];

	if (is_ours(this, name))
	{
		snprintf(command, sizeof(command), "delete table inet %s", name);
		this->nft->run(this->nft, command, NULL);
	}
}

METHOD(filtermode_table_t, find, void,
	private_filtermode_table_t *this, void (*cb)(void *data, const char *name),
	void *data)
{
	char *tables, *line, name[BUF_LEN];

	tables = this->nft->list(this->nft, FILTERMODE_LIST_TABLES, "", "", NULL);
	for (line = tables; line && *line; line = strchr(line + 1, '\n'))
	{
		if (sscanf(line, " table inet %511s", name) == 1 && is_ours(this, name))
		{
			cb(data, name);
		}
	}
	free(tables);
}

METHOD(filtermode_table_t, destroy, void,
	private_filtermode_table_t *this)
{
	filtermode_ruleset_unref(this->ruleset);
	free(this->snapshot);
	this->nft->destroy(this->nft);
	free(this);
}

filtermode_table_t *filtermode_table_create(filtermode_children_t *children)
{
	private_filtermode_table_t *this;
	filtermode_nft_t *nft;

	nft = filtermode_nft_create();
	if (!nft)
	{
		DBG1(DBG_KNL, "filtermode: nftables can't be used: %s; not loading",
			 strerror(errno));
		return NULL;
	}
	INIT(this,
		.public = {
			.install = _install,
			.update = _update,
			.is_intact = _is_intact,
			.distrust = _distrust,
			.list_counters = _list_counters,
			.remove_stale = _remove_stale,
			.find = _find,
			.destroy = _destroy,
		},
		.nft = nft,
		.children = children,
	);
	return &this->public;
}
