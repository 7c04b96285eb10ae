/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_resolver.h"
#include "unity_ext_link.h"
#include "unity_ext_settings.h"
#ifdef HAVE_LIBSYSTEMD
#include "unity_ext_resolved.h"
#endif

#include <child.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Call the operator's program.
 */
static const char *call_program(unity_ext_record_t *record, char *action,
								u_int timeout, const volatile bool *stop)
{
	char *argv[] = { record->program, action, NULL }, **env;
	const char *reason = NULL;

	env = unity_ext_record_env(record, action);
	child_run(argv, env, NULL, timeout, stop, &reason);
	unity_ext_record_freeenv(env);
	return reason;
}

/**
 * Text for resolvconf: servers, and domains to search. What resolvconf does
 * with it for some domains only is up to its configuration: openresolv writes
 * it for dnsmasq or unbound if the record is private (-p).
 */
static char *get_resolv_conf(unity_ext_record_t *record)
{
	enumerator_t *enumerator;
	char *token, *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	enumerator = enumerator_create_token(record->dns, " ", "");
	while (enumerator->enumerate(enumerator, &token))
	{
		fprintf(out, "nameserver %s\n", token);
	}
	enumerator->destroy(enumerator);
	fprintf(out, "search%s%s", *record->default_domain ? " " : "",
			record->default_domain);
	enumerator = enumerator_create_token(record->domains, " ", "");
	while (enumerator->enumerate(enumerator, &token))
	{
		if (!streq(token, record->default_domain))
		{
			fprintf(out, " %s", token);
		}
	}
	enumerator->destroy(enumerator);
	fprintf(out, "\n");
	fclose(out);
	return text;
}

/**
 * Name of a record in resolvconf. Tunnels that share an interface have one
 * each, so that the servers of each are asked for its own domains.
 */
static void get_name(const unity_ext_record_t *record, char *buf, size_t len)
{
	int used = snprintf(buf, len, "%s.unity-ext", record->interface);

	if (!record->own_interface)
	{
		snprintf(buf + used, len - used, ".%u", record->id);
	}
}

/**
 * Systemd's resolvconf has no place for this.
 */
static const char *check_resolvconf(unity_ext_record_t *record)
{
	return unity_ext_is_resolvectl(record->program) ?
		   "it is systemd's resolvectl by now, which has no place for this: "
		   "set dns_method = resolved" : NULL;
}

/**
 * Call resolvconf. openresolv limits the servers of a private record to its
 * domains; Debian's resolvconf fails as it doesn't know the option.
 */
static const char *call_resolvconf(unity_ext_record_t *record, bool up,
								   u_int timeout, const volatile bool *stop)
{
	char name[64], *text, **env, *program = record->program;
	char *private[] = { program, "-p", "-a", name, NULL };
	char *plain[] = { program, up ? "-a" : "-d", name, NULL };
	const char *reason = check_resolvconf(record);
	bool done;

	if (reason)
	{
		return reason;
	}
	get_name(record, name, sizeof(name));
	text = up ? get_resolv_conf(record) : NULL;
	env = unity_ext_record_env(record, up ? "up" : "down");
	done = up && child_run(private, env, text, timeout, stop, &reason);
	if (up && !done && !*stop)
	{
		DBG1(DBG_CFG, "unity-ext: %s can't limit DNS servers to domains "
			 "(-p: %s), using them for all names", program, reason);
	}
	done = done || child_run(plain, env, text, timeout, stop, &reason);
	unity_ext_record_freeenv(env);
	free(text);
	return done ? NULL : reason;
}

#ifdef HAVE_LIBSYSTEMD

/**
 * Add what a record wants to what others want.
 */
static void add(unity_ext_record_t *all, const unity_ext_record_t *record)
{
	unity_ext_record_append(&all->dns, record->dns);
	unity_ext_record_append(&all->domains, record->domains);
	unity_ext_record_append(&all->default_domain, record->default_domain);
}

/**
 * Set what all tunnels want that share an interface: a link has one list of
 * servers and one of domains.
 */
static const char *set_shared(unity_ext_record_t *record, bool up,
							  linked_list_t *others, const volatile bool *stop)
{
	unity_ext_record_t *all = unity_ext_record_create(), *other;
	enumerator_t *enumerator;
	const char *reason = NULL;
	bool used = FALSE;

	unity_ext_record_set(&all->interface, record->interface);
	enumerator = others->create_enumerator(others);
	while (enumerator->enumerate(enumerator, &other))
	{
		if (other != record && other->in_force && !other->own_interface &&
			other->method == UNITY_EXT_RESOLVED &&
			streq(other->interface, record->interface))
		{
			add(all, other);
		}
	}
	enumerator->destroy(enumerator);
	if (up && !*all->dns && !record->in_force)
	{
		reason = unity_ext_resolved_used(record->interface, &used, stop);
		if (used)
		{
			reason = "unity-ext.dns_interface has servers or domains already, "
					 "which aren't replaced";
		}
	}
	if (up)
	{
		add(all, record);
	}
	if (!reason)
	{
		reason = *all->dns ? unity_ext_resolved_set(all, stop) :
							 unity_ext_resolved_revert(record->interface, stop);
	}
	unity_ext_record_destroy(all);
	return reason;
}

/**
 * Set up or remove an interface with its settings, which go with it.
 */
static const char *set_own(unity_ext_record_t *record, bool up,
						   const volatile bool *stop)
{
	const char *reason = NULL;

	if (up && record->link && !unity_ext_link_repair(record))
	{
		unity_ext_link_destroy(record);
	}
	if (up && !record->link)
	{
		reason = unity_ext_link_create(record);
	}
	if (up && !reason)
	{
		reason = unity_ext_resolved_set(record, stop);
	}
	if (!up || reason)
	{
		unity_ext_link_destroy(record);
	}
	return reason;
}

#endif /* HAVE_LIBSYSTEMD */

const char *unity_ext_resolver_set(unity_ext_record_t *record, bool up,
								   linked_list_t *others, u_int timeout,
								   const volatile bool *stop)
{
	switch (record->method)
	{
		case UNITY_EXT_EXEC:
			return call_program(record, up ? "up" : "down", timeout,
								stop);
		case UNITY_EXT_RESOLVCONF:
			return call_resolvconf(record, up, timeout, stop);
#ifdef HAVE_LIBSYSTEMD
		case UNITY_EXT_RESOLVED:
			return record->own_interface ? set_own(record, up, stop) :
									set_shared(record, up, others, stop);
#endif
		default:
			return "this build doesn't have its method";
	}
}

void unity_ext_resolver_leave(unity_ext_record_t *records[], u_int count,
							  u_int timeout, u_int wait,
							  void (*ended)(unity_ext_record_t *record,
											const char *reason))
{
	struct {
		char *argv[4], name[64];
	} calls[count];
	child_t children[count];
	u_int found = count, i;
	const char *reason;
	bool is_exec;

	count = 0;
	for (i = 0; i < found; i++)
	{
		is_exec = records[i]->method == UNITY_EXT_EXEC;
		reason = is_exec ? NULL : check_resolvconf(records[i]);
		if (reason)
		{
			ended(records[i], reason);
			continue;
		}
		get_name(records[i], calls[count].name, sizeof(calls[count].name));
		calls[count].argv[0] = records[i]->program;
		calls[count].argv[1] = is_exec ? "down" : "-d";
		calls[count].argv[2] = is_exec ? NULL : calls[count].name;
		calls[count].argv[3] = NULL;
		children[count].argv = calls[count].argv;
		children[count].env = unity_ext_record_env(records[i], "down");
		records[count++] = records[i];
	}
	if (count)
	{
		child_run_all(children, count, records[count - 1]->fd, timeout, wait);
	}
	for (i = 0; i < count; i++)
	{
		unity_ext_record_freeenv(children[i].env);
		ended(records[i], children[i].status == CHILD_RUNS ?
			  UNITY_EXT_GOES_ON : child_reason(children[i].status));
	}
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

	if (record->method == UNITY_EXT_RESOLVCONF)
	{
		get_name(record, name, sizeof(name));
		for (i = 0; i < countof(dirs); i++)
		{
			snprintf(path, sizeof(path), "/run/resolvconf/%s/%s", dirs[i],
					 name);
			hash = hash_file(path, hash);
		}
	}
	else if (record->method == UNITY_EXT_EXEC && files)
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
