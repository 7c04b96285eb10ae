/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A plugin for tests that watches what other plugins do in hooks of the bus.
 * Load it before them (load = 1000). When the daemon ends it logs for each
 * plugin and hook
 *
 *   hook-watch: PLUGIN HOOK: N calls, N blocked, longest N us, N checkouts
 *
 * A call that is blocked waits for more than 1 ms: for a lock, for I/O, or
 * asleep, but not for a CPU. A checkout is any attempt to get hold of an IKE_SA
 * that isn't the hook's.
 */

#include <compat.h>
#include <daemon.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/**
 * Microseconds that a hook may wait.
 */
#define BLOCKED 1000

/**
 * Listeners and loggers that are watched at most.
 */
#define WATCHED_MAX 64

/**
 * Hooks of listener_t, with parameters and arguments, then those of logger_t.
 */
#define LISTENER_HOOKS(HOOK) \
	HOOK(alert, (listener_t *this, ike_sa_t *ike_sa, alert_t alert, \
		 va_list list), (this, ike_sa, alert, list)) \
	HOOK(assign_vips, (listener_t *this, ike_sa_t *ike_sa, bool assign), \
		 (this, ike_sa, assign)) \
	HOOK(authorize, (listener_t *this, ike_sa_t *ike_sa, bool final, \
		 bool *success), (this, ike_sa, final, success)) \
	HOOK(child_state_change, (listener_t *this, ike_sa_t *ike_sa, \
		 child_sa_t *child_sa, child_sa_state_t state), \
		 (this, ike_sa, child_sa, state)) \
	HOOK(child_updown, (listener_t *this, ike_sa_t *ike_sa, \
		 child_sa_t *child_sa, bool up), (this, ike_sa, child_sa, up)) \
	HOOK(children_migrate, (listener_t *this, ike_sa_t *ike_sa, \
		 ike_sa_id_t *new, uint32_t unique), (this, ike_sa, new, unique)) \
	HOOK(handle_vips, (listener_t *this, ike_sa_t *ike_sa, bool handle), \
		 (this, ike_sa, handle)) \
	HOOK(ike_reestablish_pre, (listener_t *this, ike_sa_t *old, \
		 ike_sa_t *new), (this, old, new)) \
	HOOK(ike_reestablish_post, (listener_t *this, ike_sa_t *old, \
		 ike_sa_t *new, bool initiated), (this, old, new, initiated)) \
	HOOK(ike_rekey, (listener_t *this, ike_sa_t *old, ike_sa_t *new), \
		 (this, old, new)) \
	HOOK(ike_state_change, (listener_t *this, ike_sa_t *ike_sa, \
		 ike_sa_state_t state), (this, ike_sa, state)) \
	HOOK(ike_update, (listener_t *this, ike_sa_t *ike_sa, host_t *local, \
		 host_t *remote), (this, ike_sa, local, remote)) \
	HOOK(ike_updown, (listener_t *this, ike_sa_t *ike_sa, bool up), \
		 (this, ike_sa, up)) \
	HOOK(message, (listener_t *this, ike_sa_t *ike_sa, message_t *message, \
		 bool incoming, bool plain), \
		 (this, ike_sa, message, incoming, plain)) \
	HOOK(narrow, (listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa, \
		 narrow_hook_t type, linked_list_t *local, linked_list_t *remote), \
		 (this, ike_sa, child_sa, type, local, remote))
#define LOGGER_HOOKS(HOOK) \
	HOOK(log, (logger_t *this, debug_t group, level_t level, int thread, \
		 ike_sa_t *ike_sa, const char *message), \
		 (this, group, level, thread, ike_sa, message)) \
	HOOK(vlog, (logger_t *this, debug_t group, level_t level, int thread, \
		 ike_sa_t *ike_sa, const char *format, va_list list), \
		 (this, group, level, thread, ike_sa, format, list))

#define NUMBER(name, ...) HOOK_##name,
enum {
	LISTENER_HOOKS(NUMBER)
	LOGGER_HOOKS(NUMBER)
	HOOKS
};

#define NAME(name, ...) #name,
static const char *names[] = {
	LISTENER_HOOKS(NAME)
	LOGGER_HOOKS(NAME)
};

/**
 * What is known of a hook of an object.
 */
typedef struct {
	atomic_uint calls;
	atomic_uint blocked;
	atomic_uint longest;
	atomic_uint checkouts;
} hook_t;

/**
 * A listener or a logger. Its functions are replaced, so that it stays at its
 * place.
 */
typedef struct {
	/** the object, whose address identifies it */
	void *object;
	char plugin[32];
	/** functions that were replaced */
	union {
		listener_t listener;
		logger_t logger;
	};
	hook_t hooks[HOOKS];
} watched_t;

/**
 * A call of a hook.
 */
typedef struct {
	hook_t *hook;
	/** that of a hook that led to this one */
	hook_t *outer;
	uint64_t wall;
	uint64_t cpu;
	uint64_t queued;
} call_t;

static watched_t watched[WATCHED_MAX];
static atomic_uint count;

/** the hook that this thread is in */
static __thread hook_t *current;

/** functions of charon's that are replaced */
static void (*add_listener)(bus_t *this, listener_t *listener);
static void (*add_logger)(bus_t *this, logger_t *logger);
static ike_sa_manager_t manager;

/**
 * A clock, in ns.
 */
static uint64_t get_time(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/**
 * Time that this thread has waited for a CPU so far, in ns. The file stays open
 * until the daemon ends.
 */
static uint64_t get_queued(void)
{
	static __thread int fd = -1;
	char buf[64];
	ssize_t len;
	uint64_t queued = 0;

	if (fd < 0)
	{
		fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	}
	len = pread(fd, buf, sizeof(buf) - 1, 0);
	if (len > 0)
	{
		buf[len] = '\0';
		sscanf(buf, "%*u %" SCNu64, &queued);
	}
	return queued;
}

/**
 * Find what is watched by its address; the last one, as memory is used again.
 */
static watched_t *find(void *object)
{
	u_int i;

	for (i = min(count, WATCHED_MAX); i > 0; i--)
	{
		if (watched[i - 1].object == object)
		{
			return &watched[i - 1];
		}
	}
	return NULL;
}

/**
 * A hook is called.
 */
static void enter(call_t *call, hook_t *hook)
{
	*call = (call_t){
		.hook = hook,
		.outer = current,
		.queued = get_queued(),
		.wall = get_time(CLOCK_MONOTONIC),
		.cpu = get_time(CLOCK_THREAD_CPUTIME_ID),
	};
	current = hook;
}

/**
 * A hook returns.
 */
static void leave(call_t *call)
{
	int64_t waited;
	u_int longest, us;

	waited = get_time(CLOCK_MONOTONIC) - call->wall -
			 (get_time(CLOCK_THREAD_CPUTIME_ID) - call->cpu) -
			 (get_queued() - call->queued);
	us = waited > 0 ? waited / 1000 : 0;
	current = call->outer;

	call->hook->calls++;
	if (us > BLOCKED)
	{
		call->hook->blocked++;
	}
	longest = call->hook->longest;
	while (us > longest && !atomic_compare_exchange_weak(&call->hook->longest,
														 &longest, us));
}

#define WRAP(type, result, name, params, args) \
static result name##_hook params \
{ \
	watched_t *object = find(this); \
	call_t call; \
	enter(&call, &object->hooks[HOOK_##name]); \
	WRAP_##type(object->type.name args) \
}
#define WRAP_listener(value) bool keep = value; leave(&call); return keep;
#define WRAP_logger(value) value; leave(&call);
#define WRAP_LISTENER(name, params, args) \
	WRAP(listener, bool, name, params, args)
#define WRAP_LOGGER(name, params, args) WRAP(logger, void, name, params, args)
LISTENER_HOOKS(WRAP_LISTENER)
LOGGER_HOOKS(WRAP_LOGGER)

/**
 * Get the name of the plugin that a function is of.
 */
static bool get_plugin(void *function, char *buf, size_t len)
{
	const char *name;
	Dl_info info;

	if (!function || !dladdr(function, &info) ||
		!(name = strstr(info.dli_fname, "/libstrongswan-")))
	{
		return FALSE;
	}
	name += strlen("/libstrongswan-");
	snprintf(buf, len, "%.*s", (int)strcspn(name, "."), name);
	return TRUE;
}

/**
 * Watch a listener or a logger, unless its functions have been replaced before.
 */
#define REPLACED(type, name) replaced |= type->name == name##_hook;
#define REPLACED_LISTENER(name, ...) REPLACED(listener, name)
#define REPLACED_LOGGER(name, ...) REPLACED(logger, name)
#define REPLACE(type, name) \
	if (get_plugin(type->name, this->plugin, sizeof(this->plugin))) \
	{ \
		type->name = name##_hook; \
	}
#define REPLACE_LISTENER(name, ...) REPLACE(listener, name)
#define REPLACE_LOGGER(name, ...) REPLACE(logger, name)
#define WATCH(type, HOOKS, REPLACED, REPLACE) \
static void watch_##type(bus_t *bus, type##_t *type) \
{ \
	watched_t *this = &watched[count]; \
	bool replaced = FALSE; \
	HOOKS(REPLACED) \
	if (!replaced && count < WATCHED_MAX) \
	{ \
		this->object = type; \
		this->type = *type; \
		/* before any hook can be called */ \
		count++; \
		HOOKS(REPLACE) \
	} \
	add_##type(bus, type); \
}
WATCH(listener, LISTENER_HOOKS, REPLACED_LISTENER, REPLACE_LISTENER)
WATCH(logger, LOGGER_HOOKS, REPLACED_LOGGER, REPLACE_LOGGER)

/**
 * Watch a listener, and say so if it has a hook that isn't in LISTENER_HOOKS.
 */
static void watch_all_hooks(bus_t *bus, listener_t *listener)
{
	void **hooks = (void**)listener;
	char plugin[32];
	u_int i;

	watch_listener(bus, listener);
	for (i = 0; i < sizeof(*listener) / sizeof(*hooks); i++)
	{
		if (get_plugin(hooks[i], plugin, sizeof(plugin)) &&
			!streq(plugin, "hook-watch"))
		{
			DBG1(DBG_LIB, "hook-watch: hook %u of %s isn't watched", i,
				 plugin);
		}
	}
}

/**
 * Functions of the IKE_SA manager that wait for an IKE_SA.
 */
#define CHECKOUTS(CHECKOUT) \
	CHECKOUT(ike_sa_t*, checkout, \
		(ike_sa_manager_t *this, ike_sa_id_t *id), (this, id)) \
	CHECKOUT(ike_sa_t*, checkout_by_message, \
		(ike_sa_manager_t *this, message_t *message), (this, message)) \
	CHECKOUT(ike_sa_t*, checkout_by_config, \
		(ike_sa_manager_t *this, peer_cfg_t *cfg), (this, cfg)) \
	CHECKOUT(ike_sa_t*, checkout_by_id, \
		(ike_sa_manager_t *this, uint32_t id), (this, id)) \
	CHECKOUT(ike_sa_t*, checkout_by_name, \
		(ike_sa_manager_t *this, char *name, bool child), \
		(this, name, child)) \
	CHECKOUT(enumerator_t*, create_enumerator, \
		(ike_sa_manager_t *this, bool wait), (this, wait))

#define WRAP_CHECKOUT(result, name, params, args) \
static result name##_watched params \
{ \
	if (current) \
	{ \
		current->checkouts++; \
	} \
	return manager.name args; \
}
CHECKOUTS(WRAP_CHECKOUT)

#define REPLACE_CHECKOUT(result, name, ...) \
	charon->ike_sa_manager->name = name##_watched;

METHOD(plugin_t, get_name, char*,
	plugin_t *this)
{
	return "hook-watch";
}

/**
 * The IKE_SA manager is there, or goes.
 */
static bool plugin_cb(plugin_t *this, plugin_feature_t *feature, bool reg,
					  void *data)
{
	if (reg)
	{
		manager = *charon->ike_sa_manager;
		CHECKOUTS(REPLACE_CHECKOUT)
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "hook-watch"),
				PLUGIN_DEPENDS(CUSTOM, "libcharon-sa-managers"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	plugin_t *this)
{
	hook_t *hook;
	u_int i, j;

	for (i = 0; i < count; i++)
	{
		for (j = 0; j < HOOKS; j++)
		{
			hook = &watched[i].hooks[j];
			if (hook->calls)
			{
				DBG1(DBG_LIB, "hook-watch: %s %s: %u calls, %u blocked, "
					 "longest %u us, %u checkouts", watched[i].plugin,
					 names[j], hook->calls, hook->blocked, hook->longest,
					 hook->checkouts);
			}
		}
	}
	free(this);
}

COMPAT_PLUGIN_DEFINE(hook_watch, "hook-watch")
{
	plugin_t *this;

	add_listener = charon->bus->add_listener;
	charon->bus->add_listener = watch_all_hooks;
	add_logger = charon->bus->add_logger;
	charon->bus->add_logger = watch_logger;

	INIT(this,
		.get_name = _get_name,
		.get_features = _get_features,
		.destroy = _destroy,
	);
	return this;
}
