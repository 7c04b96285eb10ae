/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_resolver.h"
#include "unity_ext_link.h"
#include "unity_ext_program.h"
#include "unity_ext_settings.h"
#ifdef HAVE_LIBSYSTEMD
#include "unity_ext_resolved.h"
#endif

#include <bio/bio_writer.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Is this the method of a record?
 */
static bool is(const unity_ext_record_t *record,
			   enum unity_ext_method_t method)
{
	return streq(record->fields[UNITY_EXT_METHOD], unity_ext_methods[method]);
}

/**
 * Call the operator's program.
 */
static const char *call_program(unity_ext_record_t *record, char *action,
								u_int timeout)
{
	char *argv[] = { record->fields[UNITY_EXT_PROGRAM], action, NULL }, **env;
	const char *reason = NULL;

	env = unity_ext_record_env(record, action);
	if (unity_ext_program_run(argv, env, NULL, timeout, &reason))
	{
		reason = NULL;
	}
	unity_ext_record_freeenv(env);
	return reason;
}

/**
 * Write a line of resolv.conf(5).
 */
static void write_line(bio_writer_t *writer, const char *key,
					   const char *value)
{
	writer->write_data(writer, chunk_from_str((char*)key));
	writer->write_data(writer, chunk_from_str(" "));
	writer->write_data(writer, chunk_from_str((char*)value));
	writer->write_data(writer, chunk_from_str("\n"));
}

/**
 * Append to a list of words.
 */
static void append_word(char **list, const char *word)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *list, **list ? " " : "", word) > 0)
	{
		free(*list);
		*list = longer;
	}
}

/**
 * Text for resolvconf: servers, and domains to search. What resolvconf does
 * with it for some domains only is up to its configuration: openresolv writes
 * it for dnsmasq or unbound if the record is private (-p).
 */
static char *get_resolv_conf(unity_ext_record_t *record)
{
	bio_writer_t *writer = bio_writer_create(0);
	enumerator_t *enumerator;
	char *token, *text, *search;

	enumerator = enumerator_create_token(record->fields[UNITY_EXT_DNS], " ",
										 "");
	while (enumerator->enumerate(enumerator, &token))
	{
		write_line(writer, "nameserver", token);
	}
	enumerator->destroy(enumerator);
	search = strdup(record->fields[UNITY_EXT_DEFAULT_DOMAIN]);
	enumerator = enumerator_create_token(record->fields[UNITY_EXT_DOMAINS],
										 " ", "");
	while (enumerator->enumerate(enumerator, &token))
	{
		if (!streq(token, record->fields[UNITY_EXT_DEFAULT_DOMAIN]))
		{
			append_word(&search, token);
		}
	}
	enumerator->destroy(enumerator);
	write_line(writer, "search", search);
	free(search);
	writer->write_uint8(writer, '\0');
	text = (char*)writer->extract_buf(writer).ptr;
	writer->destroy(writer);
	return text;
}

/**
 * Name of a record in resolvconf. Tunnels that share an interface have one
 * each, so that the servers of each are asked for its own domains.
 */
static void get_name(const unity_ext_record_t *record, char *buf, size_t len)
{
	bool own = unity_ext_record_owns_interface(record);

	snprintf(buf, len, "%s.unity-ext%s%s", record->fields[UNITY_EXT_INTERFACE],
			 own ? "" : ".", own ? "" : record->fields[UNITY_EXT_ID]);
}

bool unity_ext_resolver_is_resolvectl(const char *program)
{
	char path[PATH_MAX];

	return realpath(program, path) &&
		   streq(strrchr(path, '/') + 1, "resolvectl");
}

/**
 * Call resolvconf. openresolv limits the servers of a private record to its
 * domains; Debian's resolvconf fails as it doesn't know the option.
 */
static const char *call_resolvconf(unity_ext_record_t *record, bool up,
								   u_int timeout)
{
	char name[64], *text, **env;
	char *private[] = { record->fields[UNITY_EXT_PROGRAM], "-p", "-a", name,
						NULL };
	char *plain[] = { record->fields[UNITY_EXT_PROGRAM], up ? "-a" : "-d",
					  name, NULL };
	const char *reason = NULL;
	bool done;

	if (unity_ext_resolver_is_resolvectl(record->fields[UNITY_EXT_PROGRAM]))
	{
		return "it is systemd's resolvectl by now, which has no place for "
			   "this: set dns = resolved";
	}
	get_name(record, name, sizeof(name));
	text = up ? get_resolv_conf(record) : NULL;
	env = unity_ext_record_env(record, up ? "up" : "down");
	done = up && unity_ext_program_run(private, env, text, timeout, &reason);
	if (!done)
	{
		if (up)
		{
			DBG1(DBG_CFG, "unity-ext: %s can't limit DNS servers to domains "
				 "(-p: %s), using them for all names",
				 record->fields[UNITY_EXT_PROGRAM], reason);
		}
		done = unity_ext_program_run(plain, env, text, timeout, &reason);
	}
	unity_ext_record_freeenv(env);
	free(text);
	return done ? NULL : reason;
}

#ifdef HAVE_LIBSYSTEMD

/**
 * Set what all tunnels want that share an interface: a link has one list of
 * servers and one of domains. Returns NULL if nobody wants anything.
 */
static unity_ext_record_t *merge(unity_ext_record_t *record, bool with,
								 linked_list_t *others)
{
	static const unity_ext_field_t lists[] = {
		UNITY_EXT_DNS, UNITY_EXT_DOMAINS, UNITY_EXT_DEFAULT_DOMAIN,
	};
	unity_ext_record_t *merged = unity_ext_record_create(), *other;
	enumerator_t *enumerator;
	bool any = with;
	u_int i;

	for (i = 0; with && i < countof(lists); i++)
	{
		unity_ext_record_set(merged, lists[i], record->fields[lists[i]]);
	}
	enumerator = others->create_enumerator(others);
	while (enumerator->enumerate(enumerator, &other))
	{
		if (other == record || !other->in_force ||
			unity_ext_record_owns_interface(other) ||
			!is(other, UNITY_EXT_RESOLVED) ||
			!streq(other->fields[UNITY_EXT_INTERFACE],
				   record->fields[UNITY_EXT_INTERFACE]))
		{
			continue;
		}
		any = TRUE;
		for (i = 0; i < countof(lists); i++)
		{
			if (*other->fields[lists[i]])
			{
				unity_ext_record_append(merged, lists[i],
										other->fields[lists[i]]);
			}
		}
	}
	enumerator->destroy(enumerator);
	if (!any)
	{
		unity_ext_record_destroy(merged);
		return NULL;
	}
	return merged;
}

/**
 * Put what is left of a shared interface in force.
 */
static const char *set_shared(unity_ext_record_t *record, bool up,
							  linked_list_t *others)
{
	const char *reason = NULL, *interface;
	unity_ext_record_t *merged, *alone;
	bool used = FALSE;

	interface = record->fields[UNITY_EXT_INTERFACE];
	alone = merge(record, FALSE, others);
	if (up && !alone && !record->in_force)
	{
		reason = unity_ext_resolved_used(interface, &used);
		if (!reason && used)
		{
			reason = "unity-ext.dns_interface has servers or domains already, "
					 "which aren't replaced";
		}
	}
	merged = up ? merge(record, TRUE, others) : NULL;
	if (!reason && (merged || alone))
	{
		merged = merged ?: alone;
		reason = unity_ext_resolved_set(interface,
									merged->fields[UNITY_EXT_DNS],
									merged->fields[UNITY_EXT_DOMAINS],
									merged->fields[UNITY_EXT_DEFAULT_DOMAIN]);
	}
	else if (!reason)
	{
		reason = unity_ext_resolved_revert(interface);
	}
	if (merged != alone)
	{
		unity_ext_record_destroy(merged);
	}
	unity_ext_record_destroy(alone);
	return reason;
}

/**
 * Set up or remove an interface with its settings, which go with it.
 */
static const char *set_own(unity_ext_record_t *record, bool up)
{
	char *interface = record->fields[UNITY_EXT_INTERFACE];
	const char *reason = NULL;

	if (up)
	{
		if (record->link &&
			!unity_ext_link_repair(interface, record->link,
								   record->fields[UNITY_EXT_VIRTUAL_IPS]))
		{
			unity_ext_link_destroy(interface, record->link);
			record->link = NULL;
		}
		if (!record->link)
		{
			record->link = unity_ext_link_create(interface,
									record->fields[UNITY_EXT_VIRTUAL_IPS],
									&reason);
		}
		if (record->link)
		{
			reason = unity_ext_resolved_set(interface,
									record->fields[UNITY_EXT_DNS],
									record->fields[UNITY_EXT_DOMAINS],
									record->fields[UNITY_EXT_DEFAULT_DOMAIN]);
		}
	}
	if (!up || (reason && record->link))
	{
		unity_ext_link_destroy(interface, record->link);
		record->link = NULL;
	}
	return reason;
}

#endif /* HAVE_LIBSYSTEMD */

/**
 * Do or undo.
 */
static const char *set(unity_ext_record_t *record, bool up,
					   linked_list_t *others, u_int timeout)
{
	if (is(record, UNITY_EXT_EXEC))
	{
		return call_program(record, up ? "up" : "down", timeout);
	}
	if (is(record, UNITY_EXT_RESOLVCONF))
	{
		return call_resolvconf(record, up, timeout);
	}
#ifdef HAVE_LIBSYSTEMD
	if (is(record, UNITY_EXT_RESOLVED))
	{
		return unity_ext_record_owns_interface(record) ?
					set_own(record, up) : set_shared(record, up, others);
	}
#endif
	return "this build doesn't have its method";
}

const char *unity_ext_resolver_up(unity_ext_record_t *record,
								  linked_list_t *others, u_int timeout)
{
	return set(record, TRUE, others, timeout);
}

/**
 * Hash the content of a file into that of others.
 */
static uint32_t hash_file(const char *path, uint32_t hash)
{
	chunk_t content = chunk_empty;
	struct stat st;
	int fd;

	/* a FIFO would block */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		chunk_from_fd(fd, &content))
	{
		hash = chunk_hash_static_inc(content, hash);
		chunk_free(&content);
	}
	if (fd >= 0)
	{
		close(fd);
	}
	/* one that isn't there is another than an empty one */
	return hash + (fd >= 0);
}

uint32_t unity_ext_resolver_look(const unity_ext_record_t *record,
								 const char *files)
{
	/* where Debian's, openresolv and its newer versions have records */
	static const char *const dirs[] = { "interface", "interfaces", "keys" };
	char path[PATH_MAX], name[64], *token;
	enumerator_t *enumerator;
	uint32_t hash = 0;
	u_int i;

	if (is(record, UNITY_EXT_RESOLVCONF))
	{
		get_name(record, name, sizeof(name));
		for (i = 0; i < countof(dirs); i++)
		{
			snprintf(path, sizeof(path), "/run/resolvconf/%s/%s", dirs[i],
					 name);
			hash = hash_file(path, hash);
		}
	}
	else if (is(record, UNITY_EXT_EXEC) && files)
	{
		enumerator = enumerator_create_token(files, ",", " ");
		while (enumerator->enumerate(enumerator, &token))
		{
			hash = hash_file(token, hash);
		}
		enumerator->destroy(enumerator);
	}
	return hash;
}

bool unity_ext_resolver_is_resolved(const unity_ext_record_t *record)
{
	return is(record, UNITY_EXT_RESOLVED);
}

const char *unity_ext_resolver_down(unity_ext_record_t *record,
									linked_list_t *others, u_int timeout)
{
	return set(record, FALSE, others, timeout);
}
