/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_bus.h"

#include <systemd/sd-bus.h>

/**
 * How long an answer may take, in microseconds.
 */
#define TIMEOUT 5000000

/**
 * Messages about the service's name.
 */
#define MATCH "type='signal',sender='org.freedesktop.DBus'," \
	"path='/org/freedesktop/DBus',interface='org.freedesktop.DBus'," \
	"member='NameOwnerChanged',arg0='org.freedesktop.resolve1'"

typedef struct private_unity_ext_bus_t private_unity_ext_bus_t;

struct private_unity_ext_bus_t {
	unity_ext_bus_t public;
	/** used by who creates it, then by the watcher alone */
	sd_bus *bus;
	/** set once, by the watcher */
	volatile bool dead;
	void (*changed)(void *data);
	void *data;
};

/**
 * The name has another owner.
 */
static int owner_changed(sd_bus_message *message, void *data,
						 sd_bus_error *error)
{
	private_unity_ext_bus_t *this = data;
	const char *name, *before, *now;

	if (sd_bus_message_read(message, "sss", &name, &before, &now) >= 0 && *now)
	{
		this->changed(this->data);
	}
	return 0;
}

/**
 * Handle what was received. Returns FALSE if the connection is lost.
 */
static bool process(private_unity_ext_bus_t *this)
{
	int more;

	do
	{
		more = sd_bus_process(this->bus, NULL);
	}
	while (more > 0);
	return more == 0;
}

CALLBACK(receive, bool,
	private_unity_ext_bus_t *this, int fd, watcher_event_t event)
{
	if (process(this))
	{
		return TRUE;
	}
	this->dead = TRUE;
	this->changed(this->data);
	return FALSE;
}

METHOD(unity_ext_bus_t, is_alive, bool,
	private_unity_ext_bus_t *this)
{
	return !this->dead;
}

METHOD(unity_ext_bus_t, destroy, void,
	private_unity_ext_bus_t *this)
{
	lib->watcher->remove(lib->watcher, sd_bus_get_fd(this->bus));
	sd_bus_close_unref(this->bus);
	free(this);
}

unity_ext_bus_t *unity_ext_bus_create(void (*changed)(void *data), void *data)
{
	private_unity_ext_bus_t *this;
	sd_bus *bus = NULL;

	INIT(this,
		.public = {
			.is_alive = _is_alive,
			.destroy = _destroy,
		},
		.changed = changed,
		.data = data,
	);
	if (sd_bus_open_system(&bus) < 0 ||
		sd_bus_set_method_call_timeout(bus, TIMEOUT) < 0 ||
		sd_bus_add_match(bus, NULL, MATCH, owner_changed, this) < 0)
	{
		sd_bus_close_unref(bus);
		free(this);
		return NULL;
	}
	this->bus = bus;
	if (!process(this))
	{
		sd_bus_close_unref(bus);
		free(this);
		return NULL;
	}
	lib->watcher->add(lib->watcher, sd_bus_get_fd(bus), WATCHER_READ, receive,
					  this);
	return &this->public;
}
