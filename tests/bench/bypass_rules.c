/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What a number of rules costs once charon has read them: run it as root in a
 * network namespace of its own, with the number. Prints "name milliseconds"
 * lines; tests/bench/bypass makes a table of them.
 */

#include <bypass_kernel.h>
#include <bypass_planner.h>
#include <bypass_routing.h>
#include <bypass_settings.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/** charon's default, which is where routes are checked for, too */
#define TABLE 220

/** how often one rule is changed */
#define CHANGES 5

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000.0 + ts.tv_nsec / 1000000.0;
}

/**
 * Read the rules out of the settings and check them.
 */
static bypass_settings_t *read_rules(settings_t *settings)
{
	option_errors_t *errors = option_errors_create();
	bypass_settings_t *config;

	config = options_load(&bypass_schema, settings, "b", errors);
	if (!config)
	{
		fprintf(stderr, "the rules are invalid\n");
		exit(EXIT_FAILURE);
	}
	errors->destroy(errors);
	return config;
}

/**
 * Load the rules, and print how long that took.
 */
static bypass_plan_t *load(const char *name, settings_t *settings,
						   array_t *links, bypass_kernel_t *kernel)
{
	bypass_settings_t *config;
	bypass_changes_t changes;
	bypass_plan_t *plan;
	double start = now(), checked, planned;

	config = read_rules(settings);
	checked = now();
	plan = bypass_plan_create(config, NULL, links);
	options_unref(config);
	planned = now();
	changes = kernel->apply(kernel, plan);
	printf("%s-read %.1f\n%s-plan %.1f\n%s-kernel %.1f\n",
		   name, checked - start, name, planned - checked,
		   name, now() - planned);
	printf("%s-policies %u\n", name, changes.added + changes.removed);
	return plan;
}

int main(int argc, char *argv[])
{
	u_int i, wait, count = argc > 1 ? atoi(argv[1]) : 10000;
	bypass_routing_t *routing;
	bypass_plan_t *plan, *changed;
	bypass_kernel_t *kernel;
	settings_t *settings;
	array_t *links;
	double start;

	library_init("", "bench");
	dbg_default_set_level(LEVEL_SILENT);
	settings = settings_create(NULL);
	for (i = 0; i < count; i++)
	{
		char dst[32];

		settings->set_str(settings, "b.rules.r%06u.src", "10.1.0.0/24", i);
		snprintf(dst, sizeof(dst), "172.%u.%u.%u", 16 + i / 65536,
				 i / 256 % 256, i % 256);
		settings->set_str(settings, "b.rules.r%06u.dst", dst, i);
	}
	routing = bypass_routing_create(TABLE);
	links = bypass_links_read(routing, &wait);
	kernel = bypass_kernel_create(TABLE, TRUE);
	if (!links || !kernel)
	{
		fprintf(stderr, "no access to the kernel's policies\n");
		return EXIT_FAILURE;
	}
	plan = load("load", settings, links, kernel);
	for (i = 0; i < CHANGES; i++)
	{
		settings->set_str(settings, "b.rules.r%06u.dst",
						  i % 2 ? "10.98.0.0/24" : "10.99.0.0/24", count / 2);
		/* as in a daemon, the previous plan goes once there is another */
		changed = load("change", settings, links, kernel);
		bypass_plan_unref(plan);
		plan = changed;
	}
	start = now();
	kernel->apply(kernel, NULL);
	printf("stop-kernel %.1f\n", now() - start);

	bypass_plan_unref(plan);
	kernel->destroy(kernel);
	routing->destroy(routing);
	array_destroy(links);
	settings->destroy(settings);
	library_deinit();
	return EXIT_SUCCESS;
}
