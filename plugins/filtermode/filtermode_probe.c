/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_probe.h"

#include <errno.h>

/**
 * Table that exists within transactions only.
 */
#define TABLE "charon_filtermode_probe"

/**
 * What we use, in an order in which what is needed by others comes first.
 */
static const struct {
	/** what to name */
	const char *what;
	/** what provides it */
	const char *module;
	/** content of the table */
	const char *content;
} probes[] = {
	{ "family inet", "nf_tables with CONFIG_NF_TABLES_INET", "" },
	{ "filter chain", "nf_tables",
	  "chain c {\n type filter hook input priority 0\n }" },
	{ "statement \"counter\"", "nf_tables",
	  "chain c {\n counter drop\n }" },
	{ "expression \"meta secpath\"", "nf_tables with CONFIG_XFRM",
	  "chain c {\n meta secpath exists drop\n }" },
	{ "expression \"ct\"", "nft_ct",
	  "chain c {\n ct state invalid,untracked drop\n }" },
	{ "expression \"rt ipsec\"", "nf_tables with CONFIG_XFRM",
	  "chain c {\n rt ipsec exists drop\n }" },
	{ "expression \"meta iifkind\"", "nf_tables",
	  "chain c {\n meta iifkind \"xfrm\" drop\n }" },
	{ "expression \"ipsec\"", "nft_xfrm",
	  "chain c {\n ipsec in ip saddr 0.0.0.0/0 drop\n }" },
	{ "set", "nf_tables with CONFIG_NFT_SET_HASH",
	  "set s {\n typeof ipsec in reqid\n }\n"
	  "chain c {\n ipsec in reqid @s drop\n }" },
	{ "statement \"reject\"", "nft_reject_inet",
	  "chain c {\n reject\n }" },
};

bool filtermode_probe(filtermode_nft_t *nft, char *buf, size_t len)
{
	filtermode_nft_error_t error;
	char commands[BUF_LEN];
	int i;

	for (i = 0; i < countof(probes); i++)
	{
		snprintf(commands, sizeof(commands), "table inet " TABLE " {\n%s\n}\n"
				 "delete table inet " TABLE "\n", probes[i].content);
		if (nft->run(nft, commands, &error))
		{
			continue;
		}
		if (filtermode_nft_error_is(&error, EPERM))
		{
			snprintf(buf, len, FILTERMODE_NO_PERMISSION ": %s",
					 error.message);
		}
		else
		{
			snprintf(buf, len, "the kernel lacks nft's %s (%s): %s",
					 probes[i].what, probes[i].module, error.message);
		}
		return TRUE;
	}
	return FALSE;
}
